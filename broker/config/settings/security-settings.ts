// Broker settings about encryption, authentication, authorisation and policies.
// Source: Kafka 4.3.0's BrokerSecurityConfigs, SslConfigs, SaslConfigs, DelegationTokenManagerConfigs, ServerConfigs.

import type { SettingTable } from '../setting.ts'
import {
  boolean,
  className,
  clusterWide,
  double,
  int,
  list,
  long,
  password,
  perBroker,
  refuse,
  short,
  string,
  warn,
} from '../setting.ts'
import { atLeast, between, items, notNull, oneOf, oneOfIgnoringCase } from '../setting-rule.ts'

const tls =
  'TLS is not implemented yet, connections would be readable by others. Remove the ssl.* settings and use PLAINTEXT listeners on a network you trust'
const sasl =
  'SASL authentication is not implemented yet, everybody could connect. Remove the sasl.* settings and use PLAINTEXT listeners on a network you trust'
const delegationTokens = 'delegation tokens are not implemented yet. Remove the delegation.token.* settings'
const authorizer =
  'authorisation is not implemented yet, every client could do everything. Remove the setting if that is what you want'
const identity =
  'authentication is not implemented yet, every client is User:ANONYMOUS. Remove the setting if that is what you want'
const plaintextOnly = 'only PLAINTEXT is implemented. Remove the setting'
const policies =
  'Java policy classes cannot be loaded, so nothing would be checked. Remove the setting and check topics where they are made'
const configProviders =
  'config providers are not implemented, placeholders would be taken literally. Write the values out and remove the setting'
const noAuthentication = 'there is no authentication that could fail'

export const securitySettings = {
  'alter.config.policy.class.name': className(null, refuse(policies)),
  'authorizer.class.name': string('', notNull, refuse(authorizer)),
  'config.providers': list('', items({ empty: true }), clusterWide, refuse(configProviders)),
  'connection.failed.authentication.delay.ms': int('100', atLeast(0), warn(noAuthentication)),
  'connections.max.reauth.ms': long('0', refuse(sasl)),
  'create.topic.policy.class.name': className(null, refuse(policies)),
  'delegation.token.expiry.check.interval.ms': long('3600000', atLeast(1), refuse(delegationTokens)),
  'delegation.token.expiry.time.ms': long('86400000', atLeast(1), refuse(delegationTokens)),
  'delegation.token.max.lifetime.ms': long('604800000', atLeast(1), refuse(delegationTokens)),
  'delegation.token.secret.key': password(null, refuse(delegationTokens)),
  'principal.builder.class': className(
    'org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder',
    perBroker,
    refuse(identity),
  ),
  'sasl.client.callback.handler.class': className(null, refuse(sasl)),
  'sasl.enabled.mechanisms': list('GSSAPI', items({ empty: true }), perBroker, refuse(sasl)),
  'sasl.jaas.config': password(null, perBroker, refuse(sasl)),
  'sasl.kerberos.kinit.cmd': string('/usr/bin/kinit', perBroker, refuse(sasl)),
  'sasl.kerberos.min.time.before.relogin': long('60000', perBroker, refuse(sasl)),
  'sasl.kerberos.principal.to.local.rules': list('DEFAULT', items({ empty: true }), perBroker, refuse(sasl)),
  'sasl.kerberos.service.name': string(null, perBroker, refuse(sasl)),
  'sasl.kerberos.ticket.renew.jitter': double('0.05', perBroker, refuse(sasl)),
  'sasl.kerberos.ticket.renew.window.factor': double('0.8', perBroker, refuse(sasl)),
  'sasl.login.callback.handler.class': className(null, refuse(sasl)),
  'sasl.login.class': className(null, refuse(sasl)),
  'sasl.login.connect.timeout.ms': int(null, refuse(sasl)),
  'sasl.login.read.timeout.ms': int(null, refuse(sasl)),
  'sasl.login.refresh.buffer.seconds': short('300', perBroker, refuse(sasl)),
  'sasl.login.refresh.min.period.seconds': short('60', perBroker, refuse(sasl)),
  'sasl.login.refresh.window.factor': double('0.8', perBroker, refuse(sasl)),
  'sasl.login.refresh.window.jitter': double('0.05', perBroker, refuse(sasl)),
  'sasl.login.retry.backoff.max.ms': long('10000', refuse(sasl)),
  'sasl.login.retry.backoff.ms': long('100', refuse(sasl)),
  'sasl.mechanism.controller.protocol': string('GSSAPI', refuse(sasl)),
  'sasl.mechanism.inter.broker.protocol': string('GSSAPI', perBroker, refuse(sasl)),
  'sasl.oauthbearer.assertion.algorithm': string('RS256', oneOfIgnoringCase('ES256', 'RS256'), refuse(sasl)),
  'sasl.oauthbearer.assertion.claim.aud': string(null, refuse(sasl)),
  'sasl.oauthbearer.assertion.claim.exp.seconds': int('300', between(0, 86_400), refuse(sasl)),
  'sasl.oauthbearer.assertion.claim.iss': string(null, refuse(sasl)),
  'sasl.oauthbearer.assertion.claim.jti.include': boolean('false', refuse(sasl)),
  'sasl.oauthbearer.assertion.claim.nbf.seconds': int('60', between(0, 3600), refuse(sasl)),
  'sasl.oauthbearer.assertion.claim.sub': string(null, refuse(sasl)),
  'sasl.oauthbearer.assertion.file': string(null, refuse(sasl)),
  'sasl.oauthbearer.assertion.private.key.file': string(null, refuse(sasl)),
  'sasl.oauthbearer.assertion.private.key.passphrase': password(null, refuse(sasl)),
  'sasl.oauthbearer.assertion.template.file': string(null, refuse(sasl)),
  'sasl.oauthbearer.client.credentials.client.id': string(null, refuse(sasl)),
  'sasl.oauthbearer.client.credentials.client.secret': password(null, refuse(sasl)),
  'sasl.oauthbearer.clock.skew.seconds': int('30', refuse(sasl)),
  'sasl.oauthbearer.expected.audience': list('', items({ empty: true }), refuse(sasl)),
  'sasl.oauthbearer.expected.issuer': string(null, refuse(sasl)),
  'sasl.oauthbearer.jwks.endpoint.refresh.ms': long('3600000', refuse(sasl)),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms': long('10000', refuse(sasl)),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms': long('100', refuse(sasl)),
  'sasl.oauthbearer.jwks.endpoint.url': string(null, refuse(sasl)),
  'sasl.oauthbearer.jwt.retriever.class': className(
    'org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever',
    refuse(sasl),
  ),
  'sasl.oauthbearer.jwt.validator.class': className(
    'org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator',
    refuse(sasl),
  ),
  'sasl.oauthbearer.scope': string(null, refuse(sasl)),
  'sasl.oauthbearer.scope.claim.name': string('scope', refuse(sasl)),
  'sasl.oauthbearer.sub.claim.name': string('sub', refuse(sasl)),
  'sasl.oauthbearer.token.endpoint.url': string(null, refuse(sasl)),
  'sasl.server.callback.handler.class': className(null, refuse(sasl)),
  'sasl.server.max.receive.size': int('524288', refuse(sasl)),
  'security.inter.broker.protocol': string(
    'PLAINTEXT',
    oneOf('PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'),
    refuse(plaintextOnly),
  ),
  'security.providers': string(null, refuse(identity)),
  'ssl.allow.dn.changes': boolean('false', refuse(tls)),
  'ssl.allow.san.changes': boolean('false', refuse(tls)),
  'ssl.cipher.suites': list('', items({ empty: true }), perBroker, refuse(tls)),
  'ssl.client.auth': string('none', oneOf('required', 'requested', 'none'), perBroker, refuse(tls)),
  'ssl.enabled.protocols': list('TLSv1.2,TLSv1.3', items({ empty: true }), perBroker, refuse(tls)),
  'ssl.endpoint.identification.algorithm': string('https', perBroker, refuse(tls)),
  'ssl.engine.factory.class': className(null, perBroker, refuse(tls)),
  'ssl.key.password': password(null, perBroker, refuse(tls)),
  'ssl.keymanager.algorithm': string('SunX509', perBroker, refuse(tls)),
  'ssl.keystore.certificate.chain': password(null, perBroker, refuse(tls)),
  'ssl.keystore.key': password(null, perBroker, refuse(tls)),
  'ssl.keystore.location': string(null, perBroker, refuse(tls)),
  'ssl.keystore.password': password(null, perBroker, refuse(tls)),
  'ssl.keystore.type': string('JKS', perBroker, refuse(tls)),
  'ssl.principal.mapping.rules': string('DEFAULT', refuse(tls)),
  'ssl.protocol': string('TLSv1.3', perBroker, refuse(tls)),
  'ssl.provider': string(null, perBroker, refuse(tls)),
  'ssl.secure.random.implementation': string(null, perBroker, refuse(tls)),
  'ssl.trustmanager.algorithm': string('PKIX', perBroker, refuse(tls)),
  'ssl.truststore.certificates': password(null, perBroker, refuse(tls)),
  'ssl.truststore.location': string(null, perBroker, refuse(tls)),
  'ssl.truststore.password': password(null, perBroker, refuse(tls)),
  'ssl.truststore.type': string('JKS', perBroker, refuse(tls)),
} as const satisfies SettingTable
