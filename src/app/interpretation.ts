// What a configuration means: its mappings and rules, how facts are derived, where effects go.
import { trustZone } from '../config.ts';
import type { Config } from '../config.ts';
import type { EffectKind } from '../ips/decision.ts';
import type { FactContext } from '../ips/facts.ts';
import { noteRule } from '../ips/notes/identity.ts';
import { sweepRule } from '../ips/goal-flag.ts';
import type { DestinationSettings } from '../outbound/settings.ts';
import type { Route } from '../pipeline/effects.ts';
import { loadInterpretation } from '../pipeline/interpretation.ts';
import type { Interpretation } from '../pipeline/interpretation.ts';
import type { ProcessDeps } from '../pipeline/process.ts';

/** The mappings and rules that a configuration names. */
export function interpretationOf(config: Config): Interpretation {
  return loadInterpretation({
    folder: config.mappings,
    trust: config.trust,
    feeds: config.feeds,
    programme: config.programme,
  });
}

/** Facts as this configuration derives them. */
export function factContextOf(config: Config, { mappings, goals }: Interpretation): Omit<FactContext, 'at'> {
  return { zone: trustZone, feeds: config.feeds, teams: mappings.teams, programme: config.programme, goals };
}

/** What deciding about somebody needs, as this configuration has it. */
export function processDepsOf(config: Config, interpretation: Interpretation): ProcessDeps {
  const { mappings, rules } = interpretation;
  return { mappings, rules, routes: routesOf(config), facts: factContextOf(config, interpretation) };
}

/** Where effects go, as the destinations of a configuration say. */
export function routesOf(config: Config): Route[] {
  return config.destinations.map((settings) => ({
    destination: settings.id,
    carries: ({ effect }) => kindsCarried(config, settings).includes(effect),
    live: settings.live,
    order: settings.kind === 'fhir' ? 'person' : 'destination',
    ...(settings.audience === 'ips-provider' ? { outside: true } : {}),
  }));
}

/**
 * What a destination carries, and who may know of it (R53): an IPS provider that is not part of the care team learns of
 * nobody who has not agreed. Agreement is no fact yet, so that until then it learns of nobody.
 */
export function kindsCarried(config: Config, settings: DestinationSettings): readonly EffectKind[] {
  const mayKnow = settings.audience === 'care-team' || config.programme.provider.partOfCareTeam;
  return mayKnow ? settings.carries : [];
}

/** Destinations whose acknowledgement says that an engine has a note, and not that it stands in the record. */
export function queueingOf(config: Config): ReadonlySet<string> {
  const queueing = config.destinations.filter(
    (settings) => settings.kind === 'mllp' && settings.acknowledgement === 'queued',
  );
  return new Set(queueing.map(({ id }) => id));
}

/** The rules whose effects are sent where a destination is live: those that are on, and what no rule file decides. */
export function rulesSent({ rules }: Interpretation): string[] {
  return [...rules.rules.filter((rule) => !rule.observe).map((rule) => rule.name), sweepRule, noteRule];
}
