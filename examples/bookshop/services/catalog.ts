// catalog: GET /books lists the books, GET /books/<id> describes one.
import { BOOKS, bookId } from './books.ts';
import { serve } from './service.ts';

serve((path) => {
  if (path === '/books') return { status: 200, body: BOOKS };
  const id = bookId(path);
  if (id === undefined) return { status: 404, body: { error: 'no such book' } };
  return { status: 200, body: BOOKS.find((book) => book.id === id) };
});
