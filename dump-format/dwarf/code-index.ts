/** Which unit and which function hold a code address. */
import { hasRanges, rangesOf } from './address-lists.ts';
import { AddressMapBuilder } from './address-map.ts';
import type { AddressMap } from './address-map.ts';
import { Budget } from './budget.ts';
import { DW_AT, DW_TAG } from './constants.ts';
import { dieAt, rootOf } from './die.ts';
import type { Die } from './die.ts';
import type { Unit, Units } from './units.ts';

/** Functions inside functions (a GNU extension) and the blocks between them. */
export const nestedFunctionLimit = 64;

/** Ranges and entries passed to find the units, or the functions of one unit. */
export const codeWorkLimit = 1 << 24;

/** Code addresses to units at first, then to the functions of the one unit that matters. */
export class CodeIndex {
  private readonly units: Units;
  private unitMap: AddressMap | undefined;
  private vagueUnitMap: AddressMap | undefined;
  private readonly functionMaps = new Map<Unit, AddressMap>();

  constructor(units: Units) {
    this.units = units;
  }

  unitAt(address: bigint): Unit | undefined {
    this.unitMap ??= this.mapUnits(true);
    let index = this.unitMap.at(address);
    if (index === undefined) {
      this.vagueUnitMap ??= this.mapUnits(false);
      index = this.vagueUnitMap.at(address);
    }
    return index === undefined ? undefined : this.units.all()[index];
  }

  /** The entry of the function, not of a call that was inlined into it. */
  functionAt(address: bigint): Die | undefined {
    const unit = this.unitAt(address);
    if (!unit) return undefined;
    let map = this.functionMaps.get(unit);
    if (!map) {
      map = this.mapFunctions(unit);
      this.functionMaps.set(unit, map);
    }
    const key = map.at(address);
    return key === undefined ? undefined : dieAt(this.units, key);
  }

  /** @param isTold the units that tell their ranges, or those whose functions must be asked, which takes longer */
  private mapUnits(isTold: boolean): AddressMap {
    const { file } = this.units;
    const builder = new AddressMapBuilder();
    const budget = this.newBudget();
    for (const [index, unit] of this.units.all().entries()) {
      file.orWarn(undefined, () => {
        const root = rootOf(this.units, unit);
        if (!root || tellsRanges(root) !== isTold) return;
        if (isTold) return this.add(root, index, builder, budget);
        for (const die of functionsBelow(root, budget, 0)) this.add(die, index, builder, budget);
      });
    }
    return builder.build();
  }

  private mapFunctions(unit: Unit): AddressMap {
    const { file } = this.units;
    const builder = new AddressMapBuilder();
    const budget = this.newBudget();
    file.orWarn(undefined, () => {
      const root = rootOf(this.units, unit);
      if (!root) return;
      if (root.has(DW_AT.dwo_name) || root.has(DW_AT.GNU_dwo_name)) this.warnOfSplit(root);
      for (const die of functionsBelow(root, budget, 0)) this.add(die, die.key, builder, budget);
    });
    return builder.build();
  }

  private add(die: Die, value: number, builder: AddressMapBuilder, budget: Budget): void {
    for (const { low, high } of rangesOf(die, budget))
      if (!this.units.file.isDiscarded(low)) builder.add(low, high, value);
  }

  private newBudget(): Budget {
    const { name } = this.units.file.sections;
    return new Budget(codeWorkLimit, `${name}: too much code to index`);
  }

  private warnOfSplit(root: Die): void {
    const name = root.text(DW_AT.dwo_name) ?? root.text(DW_AT.GNU_dwo_name) ?? '';
    this.units.file.leaveOut(`${this.units.file.sections.name}: split DWARF is not read: ${name}`);
  }
}

/** Whether a unit says where all its code is; a low_pc alone may only be what its lists count from. */
function tellsRanges(root: Die): boolean {
  return root.has(DW_AT.ranges) || (root.has(DW_AT.low_pc) && root.has(DW_AT.high_pc));
}

/** Functions with code: those of the unit, and those defined inside functions. */
function* functionsBelow(parent: Die, budget: Budget, depth: number): Generator<Die> {
  for (const die of parent.children(budget)) {
    const isFunction = die.tag === DW_TAG.subprogram;
    if (isFunction && hasRanges(die)) yield die;
    const mayHold = isFunction || die.tag === DW_TAG.lexical_block;
    if (mayHold && depth < nestedFunctionLimit) yield* functionsBelow(die, budget, depth + 1);
  }
}
