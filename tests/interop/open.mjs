// Opens and verifies tokens with `jose`. On standard input a JSON list of
// {name, token, alg?, enc?, private?, secret?, jwks, signed}: what it is encrypted by, the PEM of the key it is encrypted
// to or the secret it is encrypted or signed with, the keys of the provider, and the algorithm that signed it.
// On standard output {name: {outer, header, claims}}.
import { createHash } from 'node:crypto'
import { stdin } from 'node:process'
import { compactDecrypt, compactVerify, createLocalJWKSet, importPKCS8 } from 'jose'

// OpenID Connect Core 1.0 section 10.2
function keyOf(secret, alg, enc) {
  const lengths = {
    'A128CBC-HS256': 32, 'A192CBC-HS384': 48, 'A256CBC-HS512': 64, A128GCM: 16, A192GCM: 24, A256GCM: 32,
  }
  const length = alg === 'dir' ? lengths[enc] : Number(alg.slice(1, 4)) / 8
  const hash = length <= 32 ? 'sha256' : length <= 48 ? 'sha384' : 'sha512'
  return new Uint8Array(createHash(hash).update(secret).digest().subarray(0, length))
}

const text = (bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes)
let input = ''
for await (const chunk of stdin) input += chunk
const opened = {}
for (const { name, token, alg, enc, private: pem, secret, jwks, signed } of JSON.parse(input)) {
  let inner = token
  let outer = null
  if (alg) {
    const key = pem ? await importPKCS8(pem, alg) : keyOf(secret, alg, enc)
    const result = await compactDecrypt(token, key, {
      keyManagementAlgorithms: [alg],
      contentEncryptionAlgorithms: [enc],
    })
    outer = result.protectedHeader
    inner = text(result.plaintext)
  }
  const key = signed.startsWith('HS') ? new TextEncoder().encode(secret) : createLocalJWKSet(jwks)
  const { payload, protectedHeader } = await compactVerify(inner, key, { algorithms: [signed] })
  opened[name] = { outer, header: protectedHeader, claims: JSON.parse(text(payload)) }
}
console.log(JSON.stringify(opened))
