/** The functions, inlined calls and blocks that hold a code address, with their variables. */
import type { CodeScope, SourceLine, VariableInfo } from '../debug-info.ts';
import { hasRanges, rangesOf } from './address-lists.ts';
import { Budget } from './budget.ts';
import { DW_TAG } from './constants.ts';
import type { Die } from './die.ts';
import type { Program } from './program.ts';
import { functionInfo, variableInfo } from './variables.ts';

/** Blocks and inlined calls inside one another. */
export const scopeDepthLimit = 1_000;

/** Blocks inside one another that are looked through for variables. */
export const blockDepthLimit = 100;

/** Address ranges and entries looked at for one code address. */
export const scopeWorkLimit = 1 << 22;

/** One function while its blocks are walked. */
interface OpenScope {
  readonly die: Die;
  readonly calledFrom: SourceLine | undefined;
  readonly variables: VariableInfo[];
}

/** The scopes at an address, innermost first. Of damaged entries: what was read before the damage, and a warning. */
export function scopesAt(program: Program, address: bigint): readonly CodeScope[] {
  const holder = program.code.functionAt(address);
  if (!holder) return [];
  const walk = new ScopeWalk(program, holder, address);
  program.file.orWarn(undefined, () => walk.run());
  return walk.scopes.toReversed().flatMap(({ die, calledFrom, variables }) => {
    const info = functionInfo(program, die, holder);
    return info ? [{ function: info, calledFrom, variables }] : [];
  });
}

class ScopeWalk {
  /** Outermost first. */
  readonly scopes: OpenScope[];
  private readonly program: Program;
  private readonly holder: Die;
  private readonly address: bigint;
  private readonly budget: Budget;

  constructor(program: Program, holder: Die, address: bigint) {
    this.program = program;
    this.holder = holder;
    this.address = address;
    this.scopes = [{ die: holder, calledFrom: undefined, variables: [] }];
    const { name } = program.file.sections;
    this.budget = new Budget(scopeWorkLimit, `${name}: a function with too many blocks`);
  }

  run(): void {
    let block: Die | undefined = this.holder;
    for (let depth = 0; block && depth < scopeDepthLimit; depth++) {
      const scope = this.scopes.at(-1);
      const children = this.childrenOf(block, 0);
      for (const die of children) {
        if (isVariable(die) && die.name() !== undefined)
          scope?.variables.push(variableInfo(this.program, die, this.holder));
      }
      block = children.find((die) => isCode(die) && this.isInside(die));
      if (block?.tag === DW_TAG.inlined_subroutine) {
        const calledFrom = this.program.lines.call(block);
        this.scopes.push({ die: block, calledFrom, variables: [] });
      }
    }
  }

  /** Variables and blocks of a block: its own, those of blocks without addresses, and what its origin has besides. */
  private childrenOf(block: Die, depth: number): readonly Die[] {
    const found: Die[] = [];
    for (const die of block.children(this.budget)) {
      const isTransparent = die.tag === DW_TAG.lexical_block && !hasRanges(die);
      if (isVariable(die)) found.push(die);
      else if (isTransparent && depth < blockDepthLimit)
        for (const each of this.childrenOf(die, depth + 1)) found.push(each);
      else if (isCode(die)) found.push(die);
    }
    return depth === 0 ? found.concat(this.inherited(block)) : found;
  }

  /** Variables that only the abstract instance has: the compiler dropped them from this one. */
  private inherited(block: Die): readonly Die[] {
    const origin = block.origin();
    if (!origin) return [];
    const known = new Set<number>();
    this.collectOrigins(block, known, 0);
    return [...origin.children(this.budget)].filter(
      (die) => isVariable(die) && !known.has(die.key),
    );
  }

  /** What the variables of a block are instances of; a block of the instance may hold what its origin has outside. */
  private collectOrigins(block: Die, known: Set<number>, depth: number): void {
    for (const die of block.children(this.budget)) {
      const isBlock = die.tag === DW_TAG.lexical_block;
      if (isBlock && depth < blockDepthLimit) this.collectOrigins(die, known, depth + 1);
      const origin = isVariable(die) ? die.origin() : undefined;
      if (origin) known.add(origin.key);
    }
  }

  private isInside(die: Die): boolean {
    return rangesOf(die, this.budget).some(
      ({ low, high }) => low <= this.address && this.address < high,
    );
  }
}

function isVariable(die: Die): boolean {
  return die.tag === DW_TAG.variable || die.tag === DW_TAG.formal_parameter;
}

function isCode(die: Die): boolean {
  return die.tag === DW_TAG.lexical_block || die.tag === DW_TAG.inlined_subroutine;
}
