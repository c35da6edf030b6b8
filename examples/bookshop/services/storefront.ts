// storefront: the shop as visitors see it. GET / is the shelf, GET /books/<id> a page put together from catalog,
// reviews and stock, POST /orders/<id> buys a book.
import { bookId } from './books.ts';
import { call, serve } from './service.ts';
import { askStock } from './stock-client.ts';

serve(async (path, incoming) => {
  const from = incoming.headers;
  if (path === '/') {
    const catalog = await call('catalog', '/books', { from });
    return { status: catalog.status, body: { shop: 'Weft Books', books: catalog.body } };
  }
  const id = bookId(path);
  if (id === undefined) return { status: 404, body: { error: 'no such page' } };
  if (path.startsWith('/orders/') && incoming.method === 'POST') {
    const taken = await askStock(`TAKE ${id}`);
    return taken.startsWith('OK')
      ? { status: 201, body: { order: id } }
      : { status: 409, body: { error: 'sold out' } };
  }
  const [book, reviews, left] = await Promise.all([
    call('catalog', `/books/${id}`, { from }),
    call('reviews', `/reviews/${id}`, { from }),
    askStock(`LEFT ${id}`),
  ]);
  // The book itself is needed; a page can do without its reviews.
  if (book.status !== 200) return book;
  return { status: 200, body: { book: book.body, reviews: reviews.body, left: Number(left) } };
});
