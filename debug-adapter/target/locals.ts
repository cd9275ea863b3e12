/** Variables of a stack frame as typed values; what the compiler dropped says so. */
import type { CType } from '../../dump-format/ctype.ts';
import type {
  CodeScope,
  FrameRegisters,
  Location,
  LocationPiece,
  SourceLine,
  VariableInfo,
} from '../../dump-format/debug-info.ts';
import { unreachable } from '../../dump-format/errors.ts';
import type { Frame, Target } from './target.ts';
import { integerBytes, valueAt, valueOfBytes, type ValueSpace } from './typed-value.ts';
import type { Value } from './value.ts';

/** A variable in a frame: its value, or why there is none. */
export interface FrameVariable {
  readonly name: string;
  readonly type: CType;
  readonly isParameter: boolean;
  readonly declaredAt: SourceLine | undefined;
  readonly value: Value | undefined;
  /** Set exactly when `value` is undefined: `optimized out`, `register rcx is not known in this frame`. */
  readonly unavailable: string | undefined;
}

/** One function at a frame's pc, inlined ones included, with its variables. */
export interface FrameScope {
  readonly function: string;
  /** Set for an inlined call: where it stands in the next scope. */
  readonly calledFrom: SourceLine | undefined;
  readonly variables: readonly FrameVariable[];
}

/** The scopes of a frame, innermost first; empty without debug information for its pc. */
export function frameScopes(target: Target, frame: Frame): readonly FrameScope[] {
  const scopes = target.debugInfo?.scopesAt(frame.lookupAddress) ?? [];
  return scopes.map((scope) => describe(target, scope, frame));
}

/** The parameters of the frame's own function (not of what is inlined in it), in declaration order. */
export function frameArguments(target: Target, frame: Frame): readonly FrameVariable[] {
  const outermost = target.debugInfo?.scopesAt(frame.lookupAddress).at(-1);
  return (outermost?.variables ?? [])
    .filter((variable) => variable.isParameter)
    .map((variable) => frameVariable(target, variable, frame.registers));
}

/** A variable's value where a frame stands. */
export function frameVariable(
  target: Target,
  variable: VariableInfo,
  registers: FrameRegisters,
): FrameVariable {
  const { name, type, isParameter, declaredAt } = variable;
  const located = valueAtLocation(spaceOf(target), type, variable.locate(registers));
  const [value, unavailable] =
    typeof located === 'string' ? [undefined, located] : [located, undefined];
  return { name, type, isParameter, declaredAt, value, unavailable };
}

/** A value at a DWARF location, or the reason why there is none. */
export function valueAtLocation(
  space: ValueSpace,
  type: CType,
  location: Location,
): Value | string {
  switch (location.kind) {
    case 'memory':
      return valueAt(space, type, location.address);
    case 'register':
      return valueOfBytes(space, type, integerBytes(location.value, 8, space.byteOrder));
    case 'value':
      return valueOfBytes(space, type, location.bytes);
    case 'pieces':
      return assemble(space, type, location.pieces);
    case 'optimized-out':
      return 'optimized out';
    case 'synthetic-pointer':
      return 'synthetic pointer: what it points to was optimized away as an object';
    case 'unavailable':
      return location.reason;
    default:
      return unreachable(location);
  }
}

export function spaceOf(target: Target): ValueSpace {
  return { memory: target.memory, byteOrder: target.dump.byteOrder };
}

function describe(target: Target, scope: CodeScope, frame: Frame): FrameScope {
  return {
    function: scope.function.name,
    calledFrom: scope.calledFrom,
    variables: scope.variables.map((variable) => frameVariable(target, variable, frame.registers)),
  };
}

/** A variable in several places: whole only when each byte is somewhere. */
function assemble(
  space: ValueSpace,
  type: CType,
  pieces: readonly LocationPiece[],
): Value | string {
  const bytes: number[] = [];
  for (const { sizeBits, location } of pieces) {
    if (sizeBits % 8 !== 0) return 'a piece of it is no whole number of bytes';
    const size = sizeBits / 8;
    const base = { kind: 'base', name: 'char', size, encoding: 'unsigned' } as const;
    const piece = valueAtLocation(space, base, location);
    if (typeof piece === 'string') return `partly ${piece}`;
    bytes.push(...piece.bytes());
  }
  return valueOfBytes(space, type, Uint8Array.from(bytes));
}
