/** Stack frames as mdb prints them. */
import { strip } from '../../dump-format/ctype.ts';
import { FaultError } from '../../dump-format/errors.ts';
import type { Row, Span } from '../commands/command.ts';
import { frameArguments, type FrameVariable } from '../target/locals.ts';
import type { Frame, Target } from '../target/target.ts';
import { typeName } from '../target/type-names.ts';
import type { StackEnd } from '../target/unwind.ts';
import type { Value } from '../target/value.ts';
import { enumNames } from './enums.ts';
import { frameText } from './scalars.ts';
import { defaultStyle, type PrintStyle } from './style.ts';

export interface FrameStyle {
  /** Arguments shown, undefined for all. */
  readonly argumentLimit: number | undefined;
  /** The frame pointer first (`$C`, `-v`). */
  readonly framePointers: boolean;
  /** The size of each frame first (`-s`). */
  readonly sizes: boolean;
  /** Types of functions and arguments (`-t`). */
  readonly types: boolean;
  /** Addresses instead of symbols (`-n`). */
  readonly numbers: boolean;
  /** How each frame was found. Ours. */
  readonly methods: boolean;
  /** The source line of each frame. Ours. */
  readonly lines: boolean;
  readonly print: PrintStyle;
}

export const defaultFrameStyle: FrameStyle = {
  argumentLimit: undefined,
  framePointers: false,
  sizes: false,
  types: false,
  numbers: false,
  methods: false,
  lines: false,
  print: defaultStyle,
};

/** One line per frame, and a comment when the stack did not end as it should. */
export function* frameRows(
  target: Target,
  frames: Generator<Frame, StackEnd | void>,
  style: FrameStyle,
): Generator<Row> {
  let previous: bigint | undefined;
  let count = 0;
  for (let step = frames.next(); ; step = frames.next()) {
    if (step.done === true) {
      const note = step.value && endNote(step.value, count);
      if (note !== undefined) yield { spans: [{ kind: 'comment', text: note }] };
      return;
    }
    count++;
    yield frameRow(target, step.value, style, previous);
    previous = frameBase(step.value) ?? previous;
  }
}

/** Why a stack ended early; undefined when it ended where it began. */
export function endNote(end: StackEnd, count: number): string | undefined {
  const at = end.address === undefined ? '' : ` ${end.address.toString(16)}`;
  const reasons = {
    outermost: undefined,
    'no-frame-pointer': 'no unwind table and no frame pointer',
    unreadable: `no mapping for address${at}`,
    'not-ascending': `frame pointer${at} leads back`,
    misaligned: `frame pointer${at} is not aligned`,
    limit: 'limit of frames',
  } as const;
  const reason = reasons[end.reason];
  if (reason === undefined) return undefined;
  return `unwind stopped after ${count} frame(s): ${reason}; try ::stackscan`;
}

export function frameRow(
  target: Target,
  frame: Frame,
  style: FrameStyle,
  previousPointer?: bigint,
): Row {
  const spans: Span[] = [];
  if (style.sizes) spans.push({ kind: 'number', text: sizeColumn(frame, previousPointer) });
  if (style.framePointers) spans.push(pointerSpan(frame), { kind: 'text', text: ' ' });
  if (style.methods) spans.push({ kind: 'comment', text: `${frame.method.padEnd(13)} ` });
  const place = style.numbers ? frame.pc.toString(16) : frameText(target, frame, style.print);
  const scopes = target.debugInfo?.scopesAt(frame.lookupAddress) ?? [];
  const owner = scopes.at(-1);
  if (style.types && owner)
    spans.push({ kind: 'type', text: `${typeName(owner.function.type.returns)} ` });
  spans.push({ kind: 'symbol', text: place, address: frame.pc });
  const list = argumentList(target, frame, style);
  spans.push({ kind: 'text', text: style.types ? ` (${list})` : `(${list})` });
  const inlined = scopes.filter((scope) => scope.calledFrom).map((scope) => scope.function.name);
  if (inlined.length > 0)
    spans.push({ kind: 'comment', text: `    [${inlined.join(' <- ')} inlined]` });
  const line = target.debugInfo?.lineAt(frame.lookupAddress);
  if (style.lines && line) spans.push({ kind: 'comment', text: `    ${line.file}:${line.line}` });
  const data = {
    index: frame.index,
    pc: frame.pc,
    framePointer: frame.framePointer,
    stackPointer: frame.stackPointer,
    function: owner?.function.name,
    method: frame.method,
    isTrap: frame.isTrap,
    ...(line && { file: line.file, line: line.line }),
  };
  return { spans, value: frame.pc, data };
}

/** Bytes of stack that a frame may have for its frame pointer to be believed. */
const plausibleFrame = 1n << 24n;

/**
 * What stands in the column of frame pointers: rbp. In code compiled without frame pointers rbp is any number; then it is
 * where rbp would point, two words below the canonical frame address.
 */
function frameBase({ framePointer, stackPointer, registers }: Frame): bigint | undefined {
  const isPlausible =
    framePointer === undefined ||
    framePointer === 0n ||
    stackPointer === undefined ||
    (framePointer >= stackPointer && framePointer - stackPointer < plausibleFrame);
  if (framePointer !== undefined && isPlausible) return framePointer;
  const cfa = registers.cfa();
  return cfa === undefined ? framePointer : BigInt.asUintN(64, cfa - 16n);
}

function sizeColumn(frame: Frame, previous: bigint | undefined): string {
  const base = frameBase(frame);
  const size = base !== undefined && previous !== undefined ? base - previous : -1n;
  return size > 0n ? `[${size.toString(16).padStart(4)}] ` : ' '.repeat(7);
}

function pointerSpan(frame: Frame): Span {
  const framePointer = frameBase(frame);
  if (framePointer === undefined) return { kind: 'text', text: '?'.repeat(16) };
  const text = framePointer.toString(16).padStart(16, '0');
  return { kind: 'address', text, address: framePointer };
}

/** `5, 0, db39e550`, with types `(kmutex_t *)fffffe2db1c002d8, (int)5`; `?` for what the compiler dropped. */
function argumentList(target: Target, frame: Frame, style: FrameStyle): string {
  if (style.argumentLimit === 0) return '';
  return frameArguments(target, frame)
    .slice(0, style.argumentLimit)
    .map((argument) => argumentText(argument, style))
    .join(', ');
}

function argumentText({ value, type }: FrameVariable, style: FrameStyle): string {
  const base = strip(type);
  const cast = style.types ? `(${typeName(type)})` : '';
  if (!value) return `${cast}?`;
  if (base.kind === 'struct' || base.kind === 'union' || base.kind === 'array')
    return `${cast}{...}`;
  if (base.kind === 'base' && base.encoding === 'float') return `${cast}?`;
  const word = readWord(value);
  if (word === undefined) return `${cast}?`;
  if (!style.types) return word.toString(16);
  if (base.kind === 'pointer' && word === 0n) return `${cast}NULL`;
  if (base.kind === 'enum') return `${cast}${enumNames(base, value.signed()) ?? word.toString(16)}`;
  return cast + word.toString(16);
}

/** Arguments live on the stack: a damaged one must not end the backtrace. */
function readWord(value: Value): bigint | undefined {
  try {
    return value.unsigned();
  } catch (error) {
    if (error instanceof FaultError) return undefined;
    throw error;
  }
}
