// A real OpenID provider for tests: npm's oidc-provider, on a loopback port, with invented accounts.
// It signs the ID tokens of accounts called bad-… anew, by its own key, with a claim that is wrong.
import { exportJWK, generateKeyPair, importJWK, SignJWT, decodeJwt } from 'jose'
import { Provider } from 'oidc-provider'

const { PORT, DESK } = process.env
const issuer = `http://127.0.0.1:${PORT}`

async function key (kid) {
  const pair = await generateKeyPair('RS256', { extractable: true })
  return { ...await exportJWK(pair.privateKey), kid, alg: 'RS256', use: 'sig' }
}
const own = await key('own')
const foreign = await key('own') // the same name, another key

const ACCOUNTS = {
  aino: { name: 'Aino Kokeilija', email: 'aino.kokeilija@esimerkki.fi', email_verified: true, locale: 'fi-FI', groups: ['desk'] },
  sven: { name: 'Sven Provare', email: 'sven.provare@esimerkki.fi', email_verified: true, locale: 'sv-FI', groups: ['desk', 'leads', 'something else'] },
  ulla: { name: 'Ulla Ulkopuolinen', groups: ['canteen'] },
  nobody: { name: 'Ei Ryhmiä' },
  'eero@esimerkki.fi': { name: 'Eero Toinen', email: 'eero@esimerkki.fi', email_verified: true, groups: ['desk'] },
  'forger@esimerkki.fi': { name: 'Väärä Eero', email: 'eero@esimerkki.fi', email_verified: false, groups: ['desk'] },
  eero: { name: 'Eero Kolmas', preferred_username: 'eero', groups: ['desk'] },
}
const WRONG = {
  'bad-nonce': { nonce: 'another' },
  'bad-issuer': { iss: 'http://127.0.0.1:1' },
  'bad-audience': { aud: 'another-client', azp: 'luukku' },
  'bad-time': { exp: Math.floor(Date.now() / 1000) - 3600 },
  'bad-key': {},
  'bad-algorithm': {},
  'bad-userinfo': {},
}
const groups = {} // as a test changed them, by account

const provider = new Provider(issuer, {
  clients: [
    { client_id: 'luukku', token_endpoint_auth_method: 'none' },
    { client_id: 'luukku-secret', client_secret: 'no secret at all, it is a test' },
  ].map((one) => ({
    ...one,
    redirect_uris: [`${DESK}/staff/oidc/callback`],
    post_logout_redirect_uris: [`${DESK}/staff/login`],
    grant_types: ['authorization_code'],
    response_types: ['code'],
  })),
  jwks: { keys: [own] },
  cookies: { keys: ['only for tests'] },
  claims: { openid: ['sub'], profile: ['name', 'locale', 'preferred_username', 'groups'], email: ['email', 'email_verified'] },
  pkce: { required: () => true },
  ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  async findAccount (ctx, sub) {
    const told = ACCOUNTS[sub] ?? (WRONG[sub] && { name: sub, groups: ['desk'] })
    if (!told) return undefined
    return { accountId: sub, claims: async () => ({ sub, ...told, groups: groups[sub] ?? told.groups }) }
  },
})

async function signedAnew (idToken) {
  const claims = decodeJwt(idToken)
  const wrong = WRONG[claims.sub]
  if (!wrong || claims.sub === 'bad-userinfo') return idToken
  const told = new SignJWT({ ...claims, ...wrong })
  if (claims.sub === 'bad-algorithm') {
    // The well-known trick: the public key as the secret of a symmetric signature.
    return told.setProtectedHeader({ alg: 'HS256', kid: 'own' }).sign(new TextEncoder().encode(own.n))
  }
  const by = claims.sub === 'bad-key' ? foreign : own
  return told.setProtectedHeader({ alg: 'RS256', kid: 'own' }).sign(await importJWK(by, 'RS256'))
}

provider.use(async (ctx, next) => {
  if (ctx.path === '/test/groups') { // a test changes somebody's groups
    groups[ctx.query.of] = (ctx.query.are ?? '').split(',').filter(Boolean)
    ctx.body = 'done'
    return
  }
  await next()
  if (ctx.oidc?.route === 'token' && ctx.body?.id_token) {
    ctx.body = { ...ctx.body, id_token: await signedAnew(ctx.body.id_token) }
  }
  if (ctx.oidc?.route === 'userinfo' && ctx.body?.sub === 'bad-userinfo') {
    ctx.body = { ...ctx.body, sub: 'aino' }
  }
})
provider.listen(Number(PORT), '127.0.0.1', () => console.log('listening'))
