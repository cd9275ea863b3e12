/** All transcripts. */
import { join } from 'node:path';
import { projectRoot } from './support/grammars.ts';
import { describeTranscripts } from './transcripts.ts';

describe('transcripts', () => describeTranscripts(join(projectRoot, 'test/transcripts')));
