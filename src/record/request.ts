// A ServiceRequest over the one that the record holds: a referral from one service to another, with what FHIR requires
// where no message said it. Where a referral stands is only ever what a message says; time alone changes nothing here.
import type { Resource, ServiceRequest } from '@medplum/fhirtypes';
import { withElements } from './merge.ts';

/** The referral as an order of unknown status unless told; the detail of an order goes with its code (FHIR R4 prr-1). */
export function settleRequest(merged: ServiceRequest): Resource {
  const stated: Readonly<Record<string, unknown>> = { ...merged };
  return withElements(merged, {
    status: stated.status ?? 'unknown',
    intent: stated.intent ?? 'order',
    ...(merged.code === undefined ? { orderDetail: undefined } : {}),
  });
}
