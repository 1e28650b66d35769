// Whether a broker answers: one ApiVersions request, version 0, over a new connection.
import { connect } from 'node:net'

export const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

// Length 14, API key 18, version 0, correlation id 7, client id "wait".
const request = Buffer.from('0000000e001200000000000700047761' + '6974', 'hex')

/** Resolves with true when a whole-looking answer with our correlation id arrives within a second, with false otherwise. */
export function answersApiVersions(host, port) {
  return new Promise(resolve => {
    const socket = connect({ host, port }, () => socket.write(request))
    const finish = answered => {
      socket.destroy()
      resolve(answered)
    }
    socket.setTimeout(1000, () => finish(false))
    socket.on('error', () => finish(false))
    socket.on('close', () => finish(false))
    socket.on('data', bytes => finish(bytes.length >= 8 && bytes.readInt32BE(4) === 7))
  })
}
