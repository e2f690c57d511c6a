import { describe, expect, it } from '@jest/globals';
import { BridgeError } from '../../src/errors.ts';
import { urnOf, uuidOf } from '../../src/fhir/ids.ts';
import { compactNhsNumber, isNhsNumber, nhsNumberOf } from '../../src/fhir/nhs-number.ts';
import { operationOutcome } from '../../src/fhir/outcome.ts';

describe('identifiers of what we create', () => {
  it('the same key gives the same UUID, version 5 and RFC variant, another key another', () => {
    expect(uuidOf('wants-work/wish/1')).toBe(uuidOf('wants-work/wish/1'));
    expect(uuidOf('wants-work/wish/1')).not.toBe(uuidOf('wants-work/wish/2'));
    expect(uuidOf('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('an identifier that was given out once is given out for ever', () => {
    expect(urnOf('pinned')).toBe('urn:uuid:2850b02b-fde6-5bfa-858c-346ab8aec397');
  });
});

describe('NHS numbers', () => {
  it.each(['9990000018', '9990000026', '9990000034', '9991234578'])(
    '%s has the right check digit',
    (number) => {
      expect(isNhsNumber(number)).toBe(true);
    },
  );

  it('a wrong check digit, a wrong length and letters are refused', () => {
    expect(['9990000019', '999000001', '99900000180', '99900000AB', ''].filter(isNhsNumber)).toEqual([]);
  });

  it('one digit repeated passes the sum but is no NHS number', () => {
    expect(['1111111111', '4444444444', '0000000000', '9999999999'].filter(isNhsNumber)).toEqual([]);
  });

  it('a first nine digits whose check would be 10 has no valid tenth', () => {
    const tens = Array.from({ length: 10 }, (_, last) => `123456713${last}`);
    expect(tens.filter(isNhsNumber)).toEqual([]);
    expect(nhsNumberOf('123456713')).toBeUndefined();
    expect(nhsNumberOf('999000001')).toBe('9990000018');
  });

  it('spaces as people write them are dropped, anything else is left as it is', () => {
    expect(compactNhsNumber('999 000 0018')).toBe('9990000018');
    expect(compactNhsNumber('not known')).toBe('not known');
  });
});

describe('OperationOutcome', () => {
  it('an error with several faults becomes one issue each, with kind and place', () => {
    const error = new BridgeError('field/missing-patient-id', 'no identifier', {
      findings: [
        { kind: 'field/missing-patient-id', where: 'PID-3', message: 'no identifier' },
        { kind: 'code/unknown', where: 'PID-8', message: 'not in the table' },
      ],
    });
    expect(operationOutcome(error).issue).toEqual([
      {
        severity: 'error',
        code: 'required',
        details: { text: 'no identifier' },
        diagnostics: 'field/missing-patient-id',
        expression: ['PID-3'],
      },
      {
        severity: 'error',
        code: 'code-invalid',
        details: { text: 'not in the table' },
        diagnostics: 'code/unknown',
        expression: ['PID-8'],
      },
    ]);
  });

  it('an error without further faults and a clean result are still outcomes with an issue', () => {
    expect(operationOutcome(new BridgeError('internal/unexpected', 'unexpected Error')).issue).toHaveLength(
      1,
    );
    expect(operationOutcome([]).issue[0]?.severity).toBe('information');
  });
});
