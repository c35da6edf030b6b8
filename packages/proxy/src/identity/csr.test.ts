import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { createCsr, generateWorkloadKey, privateKeyPem } from './csr.ts';
import { bitString, contextConstructed, element, objectIdentifier, sequence, smallInteger } from './der.ts';

/** One DER element and what follows it: a reader of its own, so that the writer is not its own judge. */
function read(bytes: Buffer): { tag: number; body: Buffer; whole: Buffer; rest: Buffer } {
  const [tag = 0, first = 0] = bytes;
  const count = first < 0x80 ? 0 : first & 0x7f;
  const length = count === 0 ? first : bytes.readUIntBE(2, count);
  const start = 2 + count;
  const end = start + length;
  return { tag, body: bytes.subarray(start, end), whole: bytes.subarray(0, end), rest: bytes.subarray(end) };
}

test('lengths have the shortest form', () => {
  assert.deepEqual([...element(0x04, Buffer.alloc(127)).subarray(0, 2)], [0x04, 0x7f]);
  assert.deepEqual([...element(0x04, Buffer.alloc(128)).subarray(0, 3)], [0x04, 0x81, 0x80]);
  assert.deepEqual([...element(0x04, Buffer.alloc(65_536)).subarray(0, 5)], [0x04, 0x83, 0x01, 0x00, 0x00]);
});

test('elements are those of X.690', () => {
  assert.equal(objectIdentifier('1.2.840.10045.4.3.2').toString('hex'), '06082a8648ce3d040302');
  assert.equal(smallInteger(0).toString('hex'), '020100');
  assert.throws(() => smallInteger(128), RangeError);
  assert.equal(bitString(Buffer.of(0xff)).toString('hex'), '030200ff');
  assert.equal(contextConstructed(0).toString('hex'), 'a000');
  assert.equal(sequence(smallInteger(1), smallInteger(2)).toString('hex'), '3006020101020102');
});

test('a request carries our key, an empty subject and a signature that its key verifies', () => {
  const key = generateWorkloadKey();
  const pem = createCsr(key);
  assert.match(
    pem,
    /^-----BEGIN CERTIFICATE REQUEST-----\n([\w+/=]{1,64}\n)+-----END CERTIFICATE REQUEST-----\n$/,
  );
  const request = read(Buffer.from(pem.replace(/-----.*-----/g, ''), 'base64'));
  assert.equal(request.rest.length, 0);
  const info = read(request.body);
  const algorithm = read(info.rest);
  const signature = read(algorithm.rest);
  assert.equal(signature.rest.length, 0);
  const version = read(info.body);
  assert.deepEqual([version.tag, ...version.body], [0x02, 0]);
  const subject = read(version.rest);
  assert.deepEqual([subject.tag, subject.body.length], [0x30, 0]);
  const spki = read(subject.rest);
  const attributes = read(spki.rest);
  assert.deepEqual([attributes.tag, attributes.body.length, attributes.rest.length], [0xa0, 0, 0]);
  const publicKey = createPublicKey({ key: spki.whole, format: 'der', type: 'spki' });
  assert.ok(publicKey.equals(key.publicKey));
  // The first octet counts unused bits.
  assert.equal(signature.body[0], 0);
  assert.ok(verify('sha256', info.whole, { key: publicKey, dsaEncoding: 'der' }, signature.body.subarray(1)));
});

test('every key is a new one', () => {
  assert.notEqual(privateKeyPem(generateWorkloadKey()), privateKeyPem(generateWorkloadKey()));
  assert.match(privateKeyPem(generateWorkloadKey()), /^-----BEGIN PRIVATE KEY-----\n/);
});
