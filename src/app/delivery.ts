// Delivery: the destinations of a configuration, each with workers that send and one that asks.
import { trustZone } from '../config.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { createFhirDestination } from '../outbound/fhir-destination.ts';
import { createMllpDestination } from '../outbound/mllp-destination.ts';
import type { DestinationSettings } from '../outbound/settings.ts';
import { createWorklistDestination } from '../outbound/worklist-destination.ts';
import { createBreaker } from '../pipeline/breaker.ts';
import { askNext, deliverNext } from '../pipeline/deliver.ts';
import type { DeliverDeps } from '../pipeline/deliver.ts';
import type { Destination } from '../pipeline/destination.ts';
import type { ProcessDeps } from '../pipeline/process.ts';
import { startWorkers } from '../pipeline/workers.ts';
import type { Workers } from '../pipeline/workers.ts';
import type { Store } from '../store/database.ts';
import { expireLeases } from '../store/delivery.ts';
import { listedUnder, openItems } from '../store/worklist.ts';
import { worklistFolder } from './announce.ts';

const deliveriesAtOnce = 4;

type DeliveryParts = Omit<DeliverDeps, 'destination' | 'route' | 'breaker'>;

export function startDelivery(config: Config, current: () => ProcessDeps, parts: DeliveryParts): Workers {
  const { log, store } = parts;
  const { routes } = current();
  const destinations: Destination[] = [];
  const groups = config.destinations.flatMap((settings, index): Workers[] => {
    const route = routes[index];
    if (route === undefined) return [];
    const destination = createDestination(config, current, settings, parts);
    destinations.push(destination);
    const deps: DeliverDeps = { ...parts, destination, route, breaker: createBreaker(parts) };
    const name = `deliver ${settings.id}`;
    return [
      startWorkers({
        name,
        count: route.order === 'person' ? deliveriesAtOnce : 1,
        log,
        step: (signal) => deliverNext(deps, signal),
      }),
      startWorkers({ name: `${name}, asking`, count: 1, log, step: (signal) => askNext(deps, signal) }),
    ];
  });
  groups.push(startWorkers({ name: 'leases', count: 1, log, step: () => takeBackLeases(store, log) }));
  return {
    wake: () => groups.forEach((group) => group.wake()),
    stop: async (graceMs) => {
      await Promise.all(groups.map((group) => group.stop(graceMs)));
      await Promise.all(destinations.flatMap(({ close }) => (close === undefined ? [] : [close()])));
    },
  };
}

/** Rows whose sender died or froze; looked for once a second, so it never says that there is more. */
async function takeBackLeases(store: Store, log: Log): Promise<boolean> {
  const { pending, ambiguous } = await expireLeases(store);
  if (pending + ambiguous > 0) log.warn('leases-lapsed', { rows: pending, count: ambiguous });
  return false;
}

/** The destination of one settings file. */
function createDestination(
  config: Config,
  current: () => ProcessDeps,
  settings: DestinationSettings,
  { now, store }: Pick<DeliveryParts, 'now' | 'store'>,
): Destination {
  const parts = { now, zone: trustZone };
  switch (settings.kind) {
    case 'fhir': {
      const { token } = settings;
      return createFhirDestination(settings, {
        ...parts,
        ...(token === undefined ? {} : { token: config.secret(token) }),
      });
    }
    case 'mllp':
      return createMllpDestination(settings, { ...parts, mappings: () => current().mappings });
    case 'worklist':
      return createWorklistDestination(
        { ...settings, folder: worklistFolder(config, settings) },
        {
          zone: trustZone,
          openItems: (team) => openItems(store, settings.id, team),
          listedUnder: (key) => listedUnder(store, settings.id, key),
        },
      );
  }
}
