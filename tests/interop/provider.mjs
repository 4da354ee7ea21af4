// The provider under test, as a test process describes it to a script: see provider.py.

import { copyFileSync } from 'node:fs'

export const ISSUER = process.env.ISSUER

export const decoded = (token) =>
  token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')))

// A token that a machine gets for itself.
export async function machineToken(clientId, fields = {}) {
  const metadata = await (await fetch(`${ISSUER}/.well-known/openid-configuration`)).json()
  const credentials = Buffer.from(`${clientId}:${clientId}-secret`).toString('base64')
  const answer = await fetch(metadata.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...fields }),
  })
  return (await answer.json()).access_token
}

// Lets the provider read another configuration, and waits until it signs and publishes accordingly.
export async function configure(state) {
  copyFileSync(`${process.env.STATES}/${state}.yml`, process.env.CONFIGURATION)
  process.kill(Number(process.env.PID), 'SIGHUP')
  const signs = state === 'publish' ? 'first' : 'second'
  for (let tries = 0; tries < 600; tries++) {
    const { keys } = await (await fetch(`${ISSUER}/jwks.json`)).json()
    const published = keys.some((key) => key.kid === 'second') && (state !== 'remove' || !keys.some((key) => key.kid === 'first'))
    if (published && decoded(await machineToken('ci'))[0].kid === signs) return
    await new Promise((later) => setTimeout(later, 100))
  }
  throw new Error(`the provider does not take ${state}`)
}
