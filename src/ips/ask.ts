// Rendering an ask to FHIR R4: the prompt, with suggested words and the five answers as inputs. Recording the answer
// where the trust records it is what completes it; an ask proposes nothing.
import type { Task } from '@medplum/fhirtypes';
import { systems } from '../fhir/systems.ts';
import type { Decision } from './decision.ts';
import { promptTask } from './proposal.ts';
import type { PromptReferences } from './proposal.ts';
import { answerChoices, suggestedQuestion } from './words.ts';

/** The Task that asks its owner to ask. */
export function askTask(decision: Decision, refs: PromptReferences): Task {
  return {
    ...promptTask(decision, refs),
    input: [
      { type: { text: 'Suggested words' }, valueString: suggestedQuestion },
      ...answerChoices.map((choice) => ({
        type: { text: 'Possible answer' },
        valueCoding: { system: systems.wantsWork, ...choice },
      })),
    ],
  };
}
