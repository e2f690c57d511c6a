// The systems of the synthetic trust in which effects arrive, whichever they are: an EPR with FHIR, or an integration
// engine and a folder of worklists. What the summary says stands there is read there, not taken from the bridge.

export interface Receiving {
  /** Local numbers of the people of whom an open proposal is seen there. */
  openProposals(): Promise<ReadonlySet<string>>;
  /** Local numbers of the people who bear an open flag there. */
  openFlags(): Promise<ReadonlySet<string>>;
  /** Care co-ordinators take up the proposals about these people, where that is done in this system. */
  takeUp(localNumbers: ReadonlySet<string>): Promise<void>;
  /** One note as people read it in the record; undefined where none stands. */
  noteText(): Promise<string | undefined>;
  /** What stands there now. */
  standing(): Promise<Standing>;
}

/** What stands in the trust's systems, counted there. */
export interface Standing {
  readonly proposals: {
    /** Nobody has touched it. */
    readonly open: number;
    /** A care co-ordinator has taken it up there. */
    readonly takenUp: number;
  };
  /** Proposals that are over, where this system keeps them: a worklist only shows what is open. */
  readonly over?: { readonly takenBack: number; readonly cameTrue: number };
  /** "Ask what the person wants of work", open. */
  readonly asks: number;
  readonly flags: number;
  readonly notes: {
    readonly current: number;
    readonly superseded: number;
    readonly enteredInError: number;
  };
  /** What stands there twice under one identifier of ours; none, ever. */
  readonly doubles: number;
}
