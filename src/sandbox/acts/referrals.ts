// First act: everybody is registered, things change, and those who want paid work are proposed. Second: people answer.
// Some proposals are taken up and a referral to IPS follows, some are declined, most wait.
import type { SyntheticPerson } from '../people.ts';
import { peopleOf, play } from '../stage.ts';
import type { Stage } from '../stage.ts';

/** Registrations, changes and merges, mistakes; each waits for what follows from it. */
export async function playRegistrations(stage: Stage): Promise<void> {
  const { scenario } = stage;
  await play(stage, 'registrations, care plans and goals', scenario.registrations());
  await play(stage, 'changes, ward stays and merges', scenario.changes());
  await play(stage, 'what goes wrong in real feeds', scenario.mistakes());
}

/**
 * What care co-ordinators and people make of the proposals that stand in the trust's systems.
 * @returns everybody who is with IPS now, whom specialists see
 */
export async function playAnswers(stage: Stage): Promise<readonly SyntheticPerson[]> {
  const { receiving, scenario } = stage;
  const proposed = peopleOf(stage, await receiving.openProposals());
  const accepting = proposed.filter(({ story }) => story.toProposal === 'accepts');
  await receiving.takeUp(new Set(accepting.map(({ localNumber }) => localNumber)));
  await play(stage, 'referrals to IPS, and declines', scenario.afterProposals(proposed));
  const referred = proposed.filter(({ story }) => story.toProposal === 'accepts' || story.toProposal === 'referred'); // prettier-ignore
  return [...stage.people.filter(({ ips }) => ips !== undefined), ...referred];
}
