// Starts the network, says `READY {...}` on stdout, and ends when stdin closes: it never outlives whoever started it.
import net from 'node:net'

const LOOPBACK = '127.0.0.1'

// The servers below listen on every address unless told not to, and offer no way to be told.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (first, ...rest) {
  const isPort = typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first))
  if (isPort) {
    const [host, ...others] = typeof rest[0] === 'string' ? rest : [LOOPBACK, ...rest]
    return listen.call(this, first, host, ...others)
  }
  if (first && typeof first === 'object' && first.port !== undefined) {
    return listen.call(this, { ...first, host: first.host ?? LOOPBACK }, ...rest)
  }
  return listen.call(this, first, ...rest)
}

// Imported only now: its modules must meet the patched `listen`.
const { TestNetwork, mockMailer } = await import('@atproto/dev-env')

const network = await TestNetwork.create({
  dbPostgresSchema: 'earshot',
  pds: { hostname: 'localhost', enableDidDocWithSession: true },
  ozone: { dbMaterializedViewRefreshIntervalMs: 30_000 },
})
mockMailer(network.pds)

let isStopping = false
const stop = async () => {
  if (isStopping) return
  isStopping = true
  setTimeout(() => process.exit(1), 10_000).unref()
  try {
    await network.close()
  } finally {
    process.exit(0)
  }
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
process.stdin.on('end', stop)
process.stdin.on('error', stop)
process.stdin.resume()

console.log(`READY ${JSON.stringify({ url: network.pds.url })}`)
