/** Types that the user has added to those of the dump: by `::typedef` and from C headers. */
import type { CType, TypeSource } from '../../dump-format/ctype.ts';

type Names = TypeSource['names'] extends () => Iterable<infer Name> ? Name : never;

export class AddedTypes implements TypeSource {
  private readonly types = new Map<string, CType>();

  lookup(name: string): CType | undefined {
    return this.types.get(name);
  }

  *names(): Generator<Names> {
    for (const [name, type] of this.types) {
      const tag = /^(struct|union|enum) (.+)$/.exec(name);
      if (tag?.[2] === undefined) yield { name, kind: type.kind === 'base' ? 'base' : 'typedef' };
      else
        yield {
          name: tag[2],
          kind: type.kind === 'union' ? 'union' : type.kind === 'enum' ? 'enum' : 'struct',
        };
    }
  }

  /** @param name as `lookup` takes it: `list_t`, `struct list` */
  define(name: string, type: CType): void {
    this.types.set(name, type);
  }

  clear(): void {
    this.types.clear();
  }
}
