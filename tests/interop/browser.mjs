// Alice at her browser: she answers what the pages of a pending authorization ask.

import { createHmac } from 'node:crypto'

const DEVICE_PAGE = '/consent/openid/device-authorization'

export class Person {
  #cookies = new Map()
  #seed
  // The pages she was shown: the last part of their paths.
  seen = []

  // Opens an authorization request, signs in where asked, allows, and gives the answer's address.
  async authorize(request) {
    return (await this.#answer(request, (page) => page.away)).away
  }

  // Opens the address that a device shows and answers what its pages ask: 'allow' or 'deny'.
  async answerDevice(address, answer) {
    const done = (page) => page.body.includes('id="device-answered"')
    return (await this.#answer(address, done, answer)).body
  }

  async #answer(request, done, answer) {
    this.seen = []
    let page = await this.#open(request)
    while (!done(page)) {
      const step = page.url.pathname.split('/').pop()
      const fields = new URLSearchParams({ csrf: between(page, 'name="csrf" value="', '"') })
      const fill = (more) => Object.entries(more).forEach(([name, value]) => fields.set(name, value))
      switch (step) {
        case 'sign-in':
          fill({ username: 'alice', password: process.env.PASSWORD ?? 'alice-demo-password', action: 'sign-in' })
          break
        case 'enrol':
          this.#seed = between(page, 'id="totp-secret"', '</').split('>')[1]
          fill({ code: oneTimeCode(this.#seed), action: 'confirm' })
          break
        case 'second-factor':
          fill({ code: oneTimeCode(this.#seed), action: 'continue' })
          break
        case 'consent':
          fill({ action: 'allow' })
          break
        case 'device-authorization':
          fill({ user_code: between(page, 'maxlength="32" value="', '"'), action: 'continue' })
          break
        case 'device':
          fill({ action: answer })
          break
        default:
          throw new Error(`no page to answer: ${page.url}\n${page.body}`)
      }
      this.seen.push(step)
      if (this.seen.length > 6) throw new Error(`the pages never end: ${this.seen}`)
      const headers = { origin: page.url.origin, 'sec-fetch-site': 'same-origin' }
      const form = step === 'device-authorization' ? new URL(DEVICE_PAGE, page.url) : page.url
      page = await this.#open(form, { method: 'POST', body: fields, headers })
    }
    return page
  }

  // Sends a request and follows redirects as far as they stay at the provider.
  async #open(url, init = {}) {
    for (let redirects = 0; redirects < 6; redirects++) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } })
      for (const line of answer.headers.getSetCookie?.() ?? splitCookies(answer.headers.get('set-cookie'))) {
        const [name, ...value] = line.split(';')[0].split('=')
        this.#cookies.set(name, value.join('='))
      }
      const location = answer.headers.get('location')
      const body = await answer.text()
      if (!location) {
        if (!answer.ok) throw new Error(`${answer.status} ${url}\n${body}`)
        return { url: new URL(url), body }
      }
      if (answer.status !== 303) throw new Error(`${answer.status} to ${location}`)
      const next = new URL(location, url)
      if (next.origin !== new URL(url).origin) return { away: next }
      url = next
      init = {}
    }
    throw new Error(`too many redirects, the last to ${url}`)
  }
}

// Node before 18.14 joins the lines; a comma before a name and an equals sign begins the next cookie.
function splitCookies(lines) {
  return lines ? lines.split(/,(?=\s*[^;,=\s]+=)/).map((line) => line.trim()) : []
}

function between(page, before, after) {
  const begin = page.body.indexOf(before)
  if (begin < 0) throw new Error(`no ${before} at ${page.url}\n${page.body}`)
  const rest = page.body.slice(begin + before.length)
  return rest.slice(0, rest.indexOf(after))
}

// RFC 6238 with the options of the demo: SHA-1, six digits, 30 seconds.
function oneTimeCode(seed) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...seed].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((octet) => parseInt(octet, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)))
  const hash = createHmac('sha1', key).update(step).digest()
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff
  return String(number % 1000000).padStart(6, '0')
}
