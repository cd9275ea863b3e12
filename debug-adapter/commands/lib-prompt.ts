/** The prompt's one rule, for `$P` and `::set -P`. */
import { UsageError } from '../../dump-format/errors.ts';
import type { Settings } from './command.ts';

const maximumLength = 35;

/** @throws UsageError when it is too long */
export function setPrompt(settings: Settings, prompt: string): void {
  if (prompt.length > maximumLength)
    throw new UsageError(`prompt may not exceed ${maximumLength} characters`);
  settings.prompt = prompt;
}
