// Every schema of protocol/, field by field, against the message definitions inside Kafka's jars: names and their order,
// types, versions, nullable versions, tags, defaults, ignorable, flexible versions. In both directions: a message that
// only one side has is a difference too.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { textsInJar } from './jar.mjs'

const none = { first: 1, last: 0 }

/** "3+", "2-4", "7" or "none" as a range. */
export function parseVersions(text) {
  if (text === undefined || text === 'none') return none
  const [, first, more, last] = /^(\d+)(\+)?(?:-(\d+))?$/.exec(text)
  return { first: Number(first), last: more ? Number.POSITIVE_INFINITY : Number(last ?? first) }
}

const isEmpty = range => range.first > range.last
const both = (a, b) => ({ first: Math.max(a.first, b.first), last: Math.min(a.last, b.last) })
const same = (a, b) => (isEmpty(a) && isEmpty(b)) || (a.first === b.first && a.last === b.last)
const show = range => (isEmpty(range) ? 'none' : `${range.first}-${range.last}`)

/** A definition file's text as JSON: Kafka's files have comments. */
function parseDefinition(text) {
  return JSON.parse(
    text.replace(/"(?:[^"\\]|\\.)*"|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, part => (part[0] === '"' ? part : '')),
  )
}

/** All message definitions in the jars of a folder, by jar name without version. */
export function definitionsInJars(folder) {
  const definitions = []
  for (const jar of readdirSync(folder).filter(name => name.startsWith('kafka') && name.endsWith('.jar'))) {
    for (const [name, text] of textsInJar(join(folder, jar), entry => /^(common|message)\/.*\.json$/.test(entry)))
      definitions.push({
        jar: jar.replace(/-\d+(\.\d+)*/, '').replace('.jar', ''),
        file: name,
        definition: parseDefinition(text),
      })
  }
  return definitions
}

/** The differences of one message as lines; an empty list when there are none. */
export function compareMessage(definition, schema, { latestUnstable } = {}) {
  const differences = []
  const differ = (where, what, kafka, ours) => {
    if (kafka !== ours) differences.push(`${definition.name}${where}: ${what} is ${kafka} in Kafka, ${ours} here`)
  }
  const versions = parseVersions(definition.validVersions)
  differ('', 'versions', show(versions), `${schema.versions[0]}-${schema.versions[1]}`)
  const flexible = both(parseVersions(definition.flexibleVersions), versions)
  const oursFlexible = both({ first: schema.flexible, last: Number.POSITIVE_INFINITY }, versions)
  if (!same(flexible, oursFlexible)) differ('', 'flexible versions', show(flexible), show(oursFlexible))
  if (definition.apiKey !== undefined && schema.key !== undefined) differ('', 'key', definition.apiKey, schema.key)
  if (latestUnstable !== undefined)
    differ('', 'latest version unstable', definition.latestVersionUnstable === true, latestUnstable)
  const common = new Map((definition.commonStructs ?? []).map(struct => [struct.name, struct.fields]))
  const fieldCount = compareFields({ differ, common }, '', versions, definition.fields, schema.fields)
  return { differences, fieldCount }
}

function compareFields(context, where, versions, kafkaFields, ourFields) {
  const present = kafkaFields.filter(field => !isEmpty(both(rangeOf(field), versions)))
  const kafkaNames = present.map(field => ourName(field.name))
  const ourNames = Object.keys(ourFields).filter(name => !isEmpty(both(ourRange(ourFields[name]), versions)))
  context.differ(where, 'fields and their order', untaggedFirst(kafkaNames, present), untaggedFirst(ourNames, present))
  let count = present.length
  for (const field of present) {
    const ours = ourFields[ourName(field.name)]
    if (ours) count += compareField(context, `${where}.${ourName(field.name)}`, versions, field, ours)
  }
  return count
}

// Tagged fields stand in the order of their tags on the wire, wherever they are declared.
function untaggedFirst(names, fields) {
  const tagged = new Set(fields.filter(field => field.tag !== undefined).map(field => ourName(field.name)))
  return [...names.filter(name => !tagged.has(name)), ...names.filter(name => tagged.has(name)).sort()].join(', ')
}

const ourName = name => name[0].toLowerCase() + name.slice(1)
const rangeOf = field => parseVersions(field.versions ?? field.taggedVersions)

const ourRange = ({ options }) => ({ first: options.since, last: options.until })

function compareField(context, where, parentVersions, field, ours) {
  const { differ } = context
  const versions = both(rangeOf(field), parentVersions)
  const { since, until, tag, nullableSince, nullableUntil, ignorable, neverFlexible } = ours.options
  const ourVersions = both({ first: since, last: until }, parentVersions)
  differ(where, 'versions', show(versions), show(ourVersions))
  differ(where, 'tag', field.tag, tag)
  if (field.tag !== undefined)
    differ(where, 'tagged versions', show(both(parseVersions(field.taggedVersions), versions)), show(ourVersions))
  const nullable = both(parseVersions(field.nullableVersions), versions)
  differ(
    where,
    'nullable versions',
    show(nullable),
    show(both({ first: nullableSince, last: nullableUntil }, ourVersions)),
  )
  differ(where, 'ignorable', field.ignorable === true, ignorable)
  differ(where, 'never flexible', field.flexibleVersions === 'none', neverFlexible)
  differ(where, 'default', kafkaDefault(field), ourDefault(ours))
  return compareType(context, where, versions, field.type, field.fields, ours.type)
}

function compareType(context, where, versions, kafkaType, nested, ourType) {
  if (kafkaType.startsWith('[]')) {
    context.differ(where, 'type', 'array', ourType.kind)
    return ourType.kind === 'array'
      ? compareType(context, where, versions, kafkaType.slice(2), nested, ourType.element.type)
      : 0
  }
  const structFields = nested ?? context.common.get(kafkaType)
  context.differ(where, 'type', structFields ? 'struct' : kafkaType, ourType.kind)
  return structFields && ourType.kind === 'struct'
    ? compareFields(context, where, versions, structFields, ourType.fields)
    : 0
}

const isNumber = type => /^(u?int|float)/.test(type)

/** What an absent field means in Kafka, as text. */
function kafkaDefault({ type, default: value }) {
  if (value === 'null') return 'null' // the literal null of some files is read as no default at all, by Kafka's generator too
  if (type === 'bool') return String(value === true || value === 'true')
  if (isNumber(type))
    return type === 'float64' ? String(Number(value ?? 0)) : String(BigInt(value === '' ? 0 : (value ?? 0)))
  if (type === 'uuid') return value ? String(value) : 'empty'
  return value ? JSON.stringify(value) : 'empty'
}

/** The same of our field. */
function ourDefault({ type, options: { defaultValue } }) {
  if (defaultValue === null) return 'null'
  if (type.kind === 'bool') return String(defaultValue ?? false)
  if (isNumber(type.kind)) return String(defaultValue ?? 0)
  if (type.kind === 'uuid') return defaultValue ? String(defaultValue) : 'empty'
  return defaultValue ? JSON.stringify(defaultValue) : 'empty'
}
