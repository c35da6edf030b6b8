import assert from 'node:assert/strict';
import { BlockList, isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { CidrSet, parseAddress, parseCidr } from './cidr.ts';

const v4 = fc.ipV4();
const v6 = fc.oneof(fc.ipV6(), fc.constantFrom('::', '::1', 'fd00::', 'fd00::1:0', '1::', '::ffff:10.1.2.3'));
const range = fc.oneof(
  fc.tuple(v4, fc.integer({ min: 0, max: 32 })),
  fc.tuple(
    v6.filter((address) => !isMapped(address)),
    fc.integer({ min: 0, max: 128 }),
  ),
);

/** Written as IPv6, meant as IPv4. */
function isMapped(address: string): boolean {
  return address.includes(':') && parseAddress(address)?.length === 4;
}

test('reads exactly what net.isIP takes for an address', () => {
  const odd = fc.constantFrom(
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    ':::',
    '1::2::3',
    '::1:',
    '12345::',
    'g::',
    '',
  );
  fc.assert(
    fc.property(fc.oneof(v4, v6, odd, fc.string({ unit: fc.constantFrom(...':.01f') })), (text) => {
      assert.equal(parseAddress(text) !== undefined, isIP(text) !== 0, text);
    }),
  );
});

test('finds the same addresses in ranges as net.BlockList', () => {
  const plain = fc.oneof(v4, v6).filter((address) => !isMapped(address));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 6 }), fc.array(plain), (ranges, others) => {
      // One list for each family: a BlockList lets `::/0` cover IPv4 as well.
      const reference = { ipv4: new BlockList(), ipv6: new BlockList() };
      for (const [address, length] of ranges) {
        reference[family(address)].addSubnet(address, length, family(address));
      }
      const set = new CidrSet(
        ranges.map(([address, length]) => parseCidr(`${address}/${length}`) ?? assert.fail()),
      );
      for (const address of [...others, ...ranges.map(([address]) => address)]) {
        assert.equal(set.has(address), reference[family(address)].check(address, family(address)), address);
      }
    }),
  );
});

function family(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

test('takes an IPv4-mapped address for the IPv4 address that it stands for', () => {
  const set = new CidrSet([parseCidr('10.0.0.0/8') ?? assert.fail()]);
  assert.ok(set.has('::ffff:10.1.2.3'));
  assert.ok(!set.has('::ffff:11.1.2.3'));
});

test('a range of length 0 covers its own family alone', () => {
  const set = new CidrSet([parseCidr('0.0.0.0/0') ?? assert.fail()]);
  assert.ok(set.has('203.0.113.9'));
  assert.ok(!set.has('::1'));
});

test('refuses lengths that the family does not have, and what is no number', () => {
  for (const text of [
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/x',
    'x/8',
    '10.0.0.0/8/8',
  ]) {
    assert.equal(parseCidr(text), undefined, text);
  }
});
