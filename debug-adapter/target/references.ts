/** Who refers to an object, by the reference rules of the kernel: counted, implicit and weak, against its counter. */
import { strip } from '../../dump-format/ctype.ts';
import { FaultError } from '../../dump-format/errors.ts';
import type { Walker } from '../commands/command.ts';
import type { ReferenceRule } from '../kernels/kernel.ts';
import type { Target } from './target.ts';

/** Holders of one kind that are looked at. */
export const holderLimit = 1_000_000;

export interface Reference {
  readonly rule: ReferenceRule;
  /** Address of the holding structure, or of the symbol. */
  readonly holder: bigint;
  /** `struct kthread` and `proc`, or the symbol's name. */
  readonly where: string;
}

export interface ReferenceAudit {
  /** C type of the object, as the rules name it. */
  readonly type: string;
  readonly references: readonly Reference[];
  /** The object's own count; undefined when no rule names a counter. */
  readonly count: bigint | undefined;
  /** Counted references found. */
  readonly held: bigint;
  /** Holders that could not be read. */
  readonly unreadable: number;
}

/** Types that rules refer to, in rule order, each once. */
export function referencedTypes(rules: readonly ReferenceRule[]): readonly string[] {
  return [...new Set(rules.map((rule) => rule.refersTo))];
}

/** Who refers to many objects of one type: one pass over the holders of each rule, whatever the number of objects. */
export class ReferenceIndex {
  private readonly byObject = new Map<bigint, Reference[]>();
  private readonly target: Target;
  private readonly rules: readonly ReferenceRule[];
  private unreadable = 0;

  constructor(target: Target, walker: (name: string) => Walker | undefined, type: string) {
    this.target = target;
    this.rules = (target.kernel?.references ?? []).filter((rule) => rule.refersTo === type);
    for (const rule of this.rules) this.collect(rule, walker);
  }

  audit(object: bigint): ReferenceAudit {
    const references = [...(this.byObject.get(object) ?? []), ...this.own(object)];
    const counter = this.rules.find((rule) => rule.counter !== undefined)?.counter;
    const type = this.rules[0]?.refersTo ?? '';
    return {
      type,
      references,
      count:
        counter === undefined ? undefined : this.target.value(type, object).path(counter).signed(),
      held: BigInt(references.filter(({ rule }) => rule.strength === 'counted').length),
      unreadable: this.unreadable,
    };
  }

  private collect(rule: ReferenceRule, walker: (name: string) => Walker | undefined): void {
    if ('own' in rule.holder) return;
    if ('symbol' in rule.holder) {
      if (!this.target.hasGlobal(rule.holder.symbol)) return;
      this.collectGlobal(rule, rule.holder.symbol);
      return;
    }
    const { type, member } = rule.holder;
    const inside =
      rule.inside === undefined
        ? 0n
        : (this.target.value(rule.refersTo, 0n).path(rule.inside).address ?? 0n);
    let count = 0;
    for (const holder of walker(rule.walker ?? '')?.walk(this.target, undefined) ?? []) {
      if (++count > holderLimit) break;
      try {
        const pointer = this.target.value(type, holder).path(member).unsigned();
        if (pointer !== 0n)
          this.add(BigInt.asUintN(64, pointer - inside), {
            rule,
            holder,
            where: `${type} ${member}`,
          });
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
        this.unreadable++;
      }
    }
  }

  /** A pointer, or an array of them. */
  private collectGlobal(rule: ReferenceRule, name: string): void {
    const value = this.target.global(name);
    const type = strip(value.type);
    if (type.kind !== 'array') {
      this.add(value.unsigned(), { rule, holder: value.address ?? 0n, where: name });
      return;
    }
    for (let index = 0; index < Math.min(type.count ?? 0, holderLimit); index++) {
      const element = value.index(BigInt(index));
      this.add(element.unsigned(), {
        rule,
        holder: element.address ?? 0n,
        where: `${name}[${index}]`,
      });
    }
  }

  private add(object: bigint, reference: Reference): void {
    if (object === 0n) return;
    const known = this.byObject.get(object);
    if (known) known.push(reference);
    else this.byObject.set(object, [reference]);
  }

  /** References that the object's own members tell of. */
  private own(object: bigint): Reference[] {
    return this.rules.flatMap((rule) => {
      if (!('own' in rule.holder)) return [];
      const isHeld =
        this.target.value(rule.refersTo, object).path(rule.holder.own).unsigned() !== 0n;
      return isHeld ? [{ rule, holder: object, where: `its own ${rule.holder.own}` }] : [];
    });
  }
}
