/** A statement made ready to run: commands looked up, computed arguments evaluated, as mdb does before anything runs. */
import type { Argument, Dcmd } from '../commands/command.ts';
import type { FormatElement } from '../print/format.ts';
import { parseOptions, type ParsedOptions } from './options.ts';
import type {
  ArgumentSource,
  AssignmentStage,
  Expression,
  FilterStage,
  FormatItem,
  FormatVerb,
  Place,
  Stage,
} from './ast.ts';
import { LineError } from './line-error.ts';

export type PreparedStage =
  PreparedDcmd | PreparedFormat | PreparedAccess | PreparedAssignment | FilterStage;

export interface PreparedDcmd extends Place {
  readonly kind: 'dcmd';
  readonly dcmd: Dcmd;
  readonly arguments: readonly Argument[];
  /** Options and what is left, or what is wrong with them: told when the command is called. */
  readonly parsed: ParsedOptions | { readonly problem: unknown };
}

export interface PreparedFormat extends Place {
  readonly kind: 'format';
  readonly verb: FormatVerb;
  readonly items: readonly FormatElement[];
}

/** A write or a match: values in words. */
export interface PreparedAccess extends Place {
  readonly kind: 'write' | 'match';
  readonly verb: FormatVerb;
  readonly letter: string;
  readonly values: readonly Argument[];
}

export interface PreparedAssignment extends Place {
  readonly kind: 'assignment';
  readonly cast: string | undefined;
  readonly arguments: readonly Argument[];
}

/** What preparation asks of the interpreter. */
export interface PrepareContext {
  readonly radix: number;
  evaluate(expression: Expression): bigint;
  dcmd(name: string): Dcmd | undefined;
  /** Names near to an unknown one, spelled as they are typed. */
  hintFor(name: string): string | undefined;
}

/** @throws LineError for an unknown dcmd and for what can't be evaluated */
export function prepareStages(stages: readonly Stage[], context: PrepareContext): PreparedStage[] {
  // Names first: mdb looks them up while it scans, before the line has any effect.
  for (const stage of stages) if (stage.kind === 'dcmd') lookUp(stage, context);
  return stages.map((stage) => prepare(stage, context));
}

function prepare(stage: Stage, context: PrepareContext): PreparedStage {
  switch (stage.kind) {
    case 'dcmd': {
      const dcmd = lookUp(stage, context);
      const list = resolve(stage.arguments, context);
      const { start, end } = stage;
      return { kind: 'dcmd', start, end, dcmd, arguments: list, parsed: read(dcmd, list, context) };
    }
    case 'format': {
      const items = stage.items.map((item) => element(item, context));
      const { start, end, verb } = stage;
      if (items.length === 0 && verb === '=')
        throw new LineError("expected one or more format characters following '='", {
          place: stage,
        });
      return { kind: 'format', start, end, verb, items: items.length === 0 ? instructions : items };
    }
    case 'write':
    case 'match':
      return { ...stage, values: resolve(stage.values, context) };
    case 'assignment':
      return prepareAssignment(stage, context);
    case 'filter':
      return stage;
  }
}

/** What `/ ? \ @` do without a format: `X^"= "i`. */
const instructions: readonly FormatElement[] = [
  { kind: 'letter', letter: 'X', count: 1 },
  { kind: 'letter', letter: '^', count: 1 },
  { kind: 'string', text: '= ' },
  { kind: 'letter', letter: 'i', count: 1 },
];

function prepareAssignment(stage: AssignmentStage, context: PrepareContext): PreparedAssignment {
  const list = resolve(stage.arguments, context);
  if (list.length !== 1)
    throw new LineError("expected single variable name following '>'", { place: stage });
  return {
    kind: 'assignment',
    start: stage.start,
    end: stage.end,
    cast: stage.cast,
    arguments: list,
  };
}

function lookUp(
  stage: { readonly name: string; readonly namePlace: Place },
  context: PrepareContext,
): Dcmd {
  const dcmd = context.dcmd(stage.name);
  if (dcmd !== undefined) return dcmd;
  const isLegacy = /^[$:]/.test(stage.name);
  throw new LineError(`invalid command '${isLegacy ? '' : '::'}${stage.name}': unknown dcmd name`, {
    place: stage.namePlace,
    hint: context.hintFor(stage.name),
  });
}

/** An error in the options is kept: it ends the command when it is called, with its usage line. */
function read(
  dcmd: Dcmd,
  list: readonly Argument[],
  context: PrepareContext,
): PreparedDcmd['parsed'] {
  try {
    // A command that takes no words has no options either, unless it names some: `-q` is an illegal one.
    const takesNone = (dcmd.synopsis ?? '') === '';
    return parseOptions(list, dcmd.options ?? (takesNone ? [] : undefined), context.radix);
  } catch (problem) {
    return { problem };
  }
}

function resolve(sources: readonly ArgumentSource[], context: PrepareContext): Argument[] {
  return sources.map((source) =>
    source.kind === 'word'
      ? { kind: 'word', text: source.text }
      : { kind: 'immediate', value: context.evaluate(source.expression) },
  );
}

function element(item: FormatItem, context: PrepareContext): FormatElement {
  if (item.kind === 'string') return { kind: 'string', text: item.text };
  const count = typeof item.count === 'number' ? item.count : Number(context.evaluate(item.count));
  return { kind: 'letter', letter: item.letter, count };
}
