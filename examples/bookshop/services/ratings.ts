// ratings: GET /ratings/<book>. A tenth of its answers (ERROR_SHARE) is 503, so that there is something to see.
import { bookId } from './books.ts';
import { serve } from './service.ts';

const errorShare = Number(process.env['ERROR_SHARE'] ?? 0.1);

serve((path) => {
  const book = bookId(path);
  if (book === undefined) return { status: 404, body: { error: 'no such book' } };
  if (Math.random() < errorShare) return { status: 503, body: { error: 'the ratings database is busy' } };
  return { status: 200, body: { book, stars: 1 + ((book * 7) % 5) } };
});
