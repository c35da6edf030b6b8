// spider: a search engine's crawler that asks ratings directly instead of visiting the shop. The policy in
// policies.yaml does not name it, so its sidecar's identity is refused with 403 and it never learns the stars.
import { BOOKS } from './books.ts';
import { call, serve } from './service.ts';

const seen = { read: 0, refused: 0, failed: 0 };
let next = 0;

setInterval(() => {
  const book = BOOKS[next++ % BOOKS.length];
  call('ratings', `/ratings/${book?.id}`).then(
    ({ status }) => {
      if (status === 403) seen.refused++;
      else if (status === 200) seen.read++;
      else seen.failed++;
    },
    () => seen.failed++,
  );
}, 1000);

serve(() => ({ status: 200, body: seen }));
