// OperationOutcome (FHIR R4 §2.40): how findings and errors are told to whoever sent or asked. Our messages hold no
// patient data, so they may be shown; anything else never gets here.
import type { OperationOutcome, OperationOutcomeIssue } from '@medplum/fhirtypes';
import { BridgeError } from '../errors.ts';
import type { ErrorKind, Finding } from '../errors.ts';

/** FHIR issue type of an error kind (http://hl7.org/fhir/issue-type). */
function issueCode(kind: ErrorKind): OperationOutcomeIssue['code'] {
  const [group] = kind.split('/');
  if (kind === 'unsupported/unauthenticated') return 'login';
  switch (group) {
    case 'parse':
    case 'structure':
      return 'structure';
    case 'field':
      return 'required';
    case 'type':
      return 'value';
    case 'code':
      return 'code-invalid';
    case 'identity':
      return 'business-rule';
    case 'unsupported':
      return 'not-supported';
    case 'delivery':
      return 'transient';
    default:
      return 'exception';
  }
}

function issueOf(
  severity: OperationOutcomeIssue['severity'],
  kind: ErrorKind,
  message: string,
  where: string | undefined,
): OperationOutcomeIssue {
  return {
    severity,
    code: issueCode(kind),
    details: { text: message },
    diagnostics: kind,
    ...(where === undefined ? {} : { expression: [where] }),
  };
}

/**
 * The outcome of a failure, one issue for each of its faults; or of something that worked with findings, which are
 * warnings. An outcome needs an issue, so that nothing to report is said as such.
 */
export function operationOutcome(of: BridgeError | readonly Finding[]): OperationOutcome {
  return { resourceType: 'OperationOutcome', issue: issuesOf(of) };
}

function issuesOf(of: BridgeError | readonly Finding[]): OperationOutcomeIssue[] {
  if (of instanceof BridgeError) {
    const faults = of.findings.length > 0 ? of.findings : [of];
    return faults.map((fault) => issueOf('error', fault.kind, fault.message, fault.where));
  }
  if (of.length > 0)
    return of.map((finding) => issueOf('warning', finding.kind, finding.message, finding.where));
  return [{ severity: 'information', code: 'informational', details: { text: 'nothing to report' } }];
}
