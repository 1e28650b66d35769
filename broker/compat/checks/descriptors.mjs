// Our schemas against the definitions inside Kafka's jars, one check per jar.
import { compareMessage, definitionsInJars } from '../descriptors.mjs'
import { allSchemas } from '../schemas.mjs'

export const descriptors = {
  name: 'descriptors',
  needs: ['java'],
  async run({ report, tools }) {
    if (!report.wants('descriptors/') && !report.only?.startsWith('descriptors')) return
    const { jars } = await tools.java
    const schemas = await allSchemas()
    const definitions = definitionsInJars(jars).filter(({ definition }) => definition.validVersions !== 'none')
    const unmatched = new Set(schemas.keys())
    for (const jar of new Set(definitions.map(each => each.jar))) {
      const own = definitions.filter(each => each.jar === jar)
      await report.check(`descriptors/${jar}: ${own.length} messages`, () => compareJar(own, schemas, unmatched))
    }
    await report.check('descriptors/no message that Kafka does not have', () => {
      if (unmatched.size > 0) throw new Error(`only here: ${[...unmatched].join(', ')}`)
    })
  },
}

function compareJar(definitions, schemas, unmatched) {
  const differences = []
  for (const { definition, file } of definitions) {
    const found = schemas.get(definition.name)
    unmatched.delete(definition.name)
    if (found) differences.push(...compareMessage(definition, found.schema, found).differences)
    else differences.push(`${definition.name} (${file}) is missing`)
  }
  if (differences.length > 0) throw new Error(`${differences.length} differences:\n${differences.join('\n')}`)
}
