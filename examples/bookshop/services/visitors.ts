// visitors: people in the shop. RATE requests a second (default 30): most look at the shelf or at a book, some
// buy one, a few ask for a book that does not exist. It has a port only to say that it lives.
import { BOOKS } from './books.ts';
import { call, serve } from './service.ts';

const rate = Number(process.env['RATE'] ?? 30);
const seen = { answered: 0, failed: 0 };

function anyBook(): number {
  return BOOKS[Math.floor(Math.random() * BOOKS.length)]?.id ?? 1;
}

function visit(): ReturnType<typeof call> {
  const kind = Math.random();
  if (kind < 0.35) return call('storefront', '/');
  if (kind < 0.9) return call('storefront', `/books/${anyBook()}`);
  if (kind < 0.98) return call('storefront', `/orders/${anyBook()}`, { method: 'POST' });
  return call('storefront', '/books/404');
}

setInterval(() => {
  visit().then(
    ({ status }) => (status < 500 ? seen.answered++ : seen.failed++),
    () => seen.failed++,
  );
}, 1000 / rate);

serve(() => ({ status: 200, body: seen }));
