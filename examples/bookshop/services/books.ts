// The shelf: what the catalog sells and the others know by number.
export const BOOKS = [
  { id: 1, title: 'The Time Machine', author: 'H. G. Wells', year: 1895 },
  { id: 2, title: 'Frankenstein', author: 'Mary Shelley', year: 1818 },
  { id: 3, title: 'Moby-Dick', author: 'Herman Melville', year: 1851 },
  { id: 4, title: 'Middlemarch', author: 'George Eliot', year: 1871 },
  { id: 5, title: 'Dracula', author: 'Bram Stoker', year: 1897 },
] as const;

/** The number in `/<anything>/<number>`; undefined where there is no such book. */
export function bookId(path: string): number | undefined {
  const id = Number(path.split('/').at(-1));
  return BOOKS.some((book) => book.id === id) ? id : undefined;
}
