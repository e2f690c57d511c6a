import { describe, expect, it } from '@jest/globals';
import { readGoalDefinition } from '../../src/ips/employment-goal.ts';
import { readGoalText } from '../../src/ips/goal-words.ts';
import { mappingTree } from '../support/mapping.ts';
import { phrases } from './employment-goal.phrases.ts';

const definition = readGoalDefinition(mappingTree())!;

describe('the words of a goal', () => {
  it.each(phrases)('%j is %s', (text, verdict) => {
    expect(readGoalText(text, definition.words)).toBe(verdict);
  });
});
