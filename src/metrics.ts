// Every metric of the service, in one place, in Prometheus form. Labels are feeds, destinations, rules and kinds of
// error: never anything about a person.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** A registry of its own for each running app, so that two can run in one process (as the tests do). */
export function createMetrics() {
  const registry = new Registry();
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `ips_bridge_${name}`, help, labelNames, registers: [registry] });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name: `ips_bridge_${name}`, help, labelNames, registers: [registry] });

  return {
    registry,
    /** Adds the process's own figures (memory, CPU, event loop); once, by a service and not by a test. */
    collectProcess: () => collectDefaultMetrics({ register: registry }),
    received: counter('messages_received_total', 'Messages stored and acknowledged', ['feed']),
    duplicates: counter('messages_duplicate_total', 'Messages received again, answered from store', ['feed']),
    reusedControlIds: counter('control_id_reused_total', 'Same sender and MSH-10, other bytes', ['feed']),
    refused: counter('messages_refused_total', 'Messages refused with AR or CR', ['feed', 'kind']),
    storageFailures: counter('storage_failures_total', 'Messages neither stored nor acknowledged', ['feed']),
    junkBytes: counter('mllp_junk_bytes_total', 'Bytes outside MLLP frames, dropped', ['feed']),
    closed: counter('mllp_connections_closed_total', 'Connections that we closed', ['feed', 'reason']),
    connections: gauge('mllp_connections', 'Open MLLP connections', ['feed']),
    acksDropped: counter('application_acks_dropped_total', 'Application ACKs without a connection', ['feed']),
    processed: counter('messages_processed_total', 'Messages processed', ['feed', 'outcome']),
    unused: counter('messages_unused_total', 'Messages deliberately not used, by HL7v2 event', [
      'feed',
      'event',
    ]),
    unmappedCodes: gauge('unmapped_codes', 'Different codes that no table knows, at most 1000 of a table', [
      'table',
    ]),
    identity: counter('identity_changes_total', 'Changes of who is who', ['feed', 'kind']),
    held: counter('messages_held_total', 'Messages held for a person to look at', ['feed', 'kind']),
    findings: counter('findings_total', 'Findings in messages', ['feed', 'kind']),
    decisions: counter('decisions_total', 'Effects decided', ['rule', 'action']),
    deliveries: counter('deliveries_total', 'Delivery attempts by outcome', ['destination', 'outcome']),
    waiting: gauge('inbox_waiting', 'Messages stored and not yet processed', ['feed']),
    oldestWaiting: gauge('inbox_oldest_waiting_seconds', 'Age of the oldest unprocessed message', ['feed']),
    outboxWaiting: gauge('outbox_waiting', 'Effects not yet settled', ['destination', 'state']),
    paused: gauge('paused', 'Feeds and destinations that an operator has paused', ['what', 'id']),
    jobRuns: counter('job_runs_total', 'Runs of scheduled jobs by how they ended', ['job', 'outcome']),
    jobLastSuccess: gauge('job_last_success_timestamp_seconds', 'When a run was last carried through', [
      'job',
    ]),
    jobPeople: gauge('job_people', 'People of the last run carried through, by outcome', ['job', 'outcome']),
    commit: new Histogram({
      name: 'ips_bridge_group_commit_seconds',
      help: 'Time of one group commit of the intake',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
      registers: [registry],
    }),
  };
}
