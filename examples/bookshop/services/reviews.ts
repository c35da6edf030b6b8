// reviews: GET /reviews/<book>. Version v2 (REVIEWS_VERSION) adds the stars that the ratings service knows.
import { bookId } from './books.ts';
import { call, serve } from './service.ts';

const WORDS = ['Could not put it down.', 'Longer than it needed to be.', 'I read it twice.'];
const version = process.env['REVIEWS_VERSION'] ?? 'v1';

serve(async (path, incoming) => {
  const book = bookId(path);
  if (book === undefined) return { status: 404, body: { error: 'no such book' } };
  const reviews = WORDS.map((text, index) => ({ reader: `reader ${index + 1}`, text }));
  if (version === 'v1') return { status: 200, body: { book, version, reviews } };
  // A page without stars is better than no page: an error of ratings is shown, not passed on.
  const ratings = await call('ratings', `/ratings/${book}`, { from: incoming.headers });
  const stars = ratings.status === 200 ? ratings.body : { error: `ratings answered ${ratings.status}` };
  return { status: 200, body: { book, version, reviews, stars } };
});
