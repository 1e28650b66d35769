// All routes, in the order in which the OpenAPI document tells them.

import { compatibilityRoutes } from './compatibility.ts'
import { configRoutes } from './config.ts'
import { contextRoutes } from './contexts.ts'
import { modeRoutes } from './mode.ts'
import type { RouteDefinition } from './route.ts'
import { schemaRoutes } from './schemas.ts'
import { metadataRoutes, type ServerMetadata } from './server-metadata.ts'
import { subjectRoutes } from './subjects.ts'
import { tagRoutes } from './tags.ts'
import { versionRoutes } from './versions.ts'

export function allRoutes(metadata: ServerMetadata): readonly RouteDefinition[] {
  return [
    ...subjectRoutes,
    ...versionRoutes,
    ...tagRoutes,
    ...schemaRoutes,
    ...compatibilityRoutes,
    ...configRoutes,
    ...modeRoutes,
    ...contextRoutes,
    ...metadataRoutes(metadata),
  ]
}
