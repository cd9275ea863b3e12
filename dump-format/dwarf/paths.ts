/** Paths of source files as compilers record them: joined and put into one shape. */

/**
 * Joins parts, of which the last absolute one and what follows count, and drops `.`, `..` and empty components.
 * The result is relative only when no part is absolute.
 */
export function joinPath(...parts: readonly string[]): string {
  let path = '';
  for (const part of parts) path = part.startsWith('/') || path === '' ? part : `${path}/${part}`;
  const isAbsolute = path.startsWith('/');
  const components: string[] = [];
  for (const component of path.split('/')) {
    if (component === '' || component === '.') continue;
    const canGoUp = components.length > 0 && components.at(-1) !== '..';
    if (component !== '..') components.push(component);
    else if (canGoUp) components.pop();
    else if (!isAbsolute) components.push('..');
  }
  return (isAbsolute ? '/' : '') + components.join('/');
}

/** Whether a path is that of a file, or ends in it on a component border: `ctxop.c`, `os/ctxop.c`. */
export function endsInPath(path: string, ending: string): boolean {
  return path === ending || path.endsWith(`/${ending}`);
}
