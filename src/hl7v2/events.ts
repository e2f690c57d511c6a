// The trigger events of HL7 v2.5.1 (table 0003) by message type (table 0076), as far as messages about patients go. For
// labels of metrics: what a sender makes up is `other`, and there are never more labels than these.

const events: Readonly<Record<string, string>> = {
  ADT: 'A01-A18 A20-A55 A60-A62',
  BAR: 'P01-P02 P05-P06 P10 P12',
  CRM: 'C01-C08',
  CSU: 'C09-C12',
  DFT: 'P03 P11',
  MDM: 'T01-T11',
  MFN: 'M01-M15',
  OMG: 'O19',
  OML: 'O21 O33 O35',
  OMP: 'O09',
  ORM: 'O01',
  ORU: 'R01 R30-R32',
  OUL: 'R21-R24',
  PEX: 'P07-P08',
  PGL: 'PC6-PC8',
  PMU: 'B01-B08',
  PPG: 'PCG PCH PCJ',
  PPP: 'PCB PCC PCD',
  PPR: 'PC1-PC3',
  RAS: 'O17',
  RDE: 'O11 O25',
  RDS: 'O13',
  REF: 'I12-I15',
  RGV: 'O15',
  RPA: 'I08-I11',
  RQA: 'I08-I11',
  RRI: 'I12-I15',
  SIU: 'S12-S24 S26',
  SRM: 'S01-S11',
  VXU: 'V04',
};

const known: ReadonlySet<string> = new Set(
  Object.entries(events).flatMap(([type, triggers]) =>
    triggers.split(' ').flatMap((range) => triggersOf(range).map((trigger) => `${type}^${trigger}`)),
  ),
);

/** `A60-A62` → A60, A61, A62. */
function triggersOf(range: string): string[] {
  const [first = '', last = first] = range.split('-');
  const digits = /\d+$/.exec(first)?.[0] ?? '';
  if (digits === '') return [first];
  const [prefix, from] = [first.slice(0, -digits.length), Number(digits)];
  const count = Number(/\d+$/.exec(last)?.[0]) - from + 1;
  return Array.from(
    { length: count },
    (_, at) => `${prefix}${String(from + at).padStart(digits.length, '0')}`,
  );
}

/** The event (`SIU^S12`) where HL7 knows it, else `other`: fit to label a metric by. */
export function eventLabel(event: string): string {
  return known.has(event) ? event : 'other';
}
