/**
 * The import arrows between rooms (docs/architecture.md). Left may import right; everything else is an error.
 * dependency-cruiser needs TypeScript's JS API, which TypeScript 7 does not ship: keep typescript 6 pinned.
 */
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    rule('no-cycle', 'A cycle hides which of two files depends on the other.', {}, { circular: true }),
    rule(
      'contracts-import-nothing',
      'Wire shapes are shared by all: they stand on TypeBox alone.',
      { path: '^src/contracts/' },
      { pathNot: '^src/contracts/|node_modules/@sinclair/typebox' },
    ),
    rule(
      'editing-is-pure',
      'Planning and compiling are functions of their arguments: no I/O, no framework.',
      { path: '^src/editing/' },
      { pathNot: '^src/(editing|contracts)/|node_modules/@sinclair/typebox' },
    ),
    rule(
      'config-is-a-leaf',
      'Configuration reads the environment and nothing else.',
      { path: '^src/config/' },
      { path: '^(src|workers)/', pathNot: '^src/(config|contracts)/' },
    ),
    rule(
      'platform-below-modules',
      'Platform stands below the modules.',
      { path: '^src/platform/' },
      { path: '^(src|workers|test|scripts)/', pathNot: '^src/(platform|config|contracts)/' },
    ),
    rule(
      'modules-reach-down-only',
      'Modules stand on editing, platform and contracts.',
      { path: '^src/modules/' },
      { path: '^(src|workers|test|scripts)/', pathNot: '^src/(modules|editing|platform|contracts|config)/' },
    ),
    rule(
      'module-front-door',
      'A module reaches another only through its service.ts.',
      { path: '^src/modules/([^/]+)/' },
      { path: '^src/modules/', pathNot: '^src/modules/$1/|/service\\.ts$|/service$' },
    ),
    rule(
      'routes-use-services',
      'routes.ts is HTTP only: it never touches a repository.',
      { path: '^src/modules/.*routes' },
      { path: 'repository' },
    ),
    rule(
      'http-framework-at-the-edge',
      'Services and repositories know nothing of HTTP.',
      { path: '^src/modules/.*(service|repository)\\.ts$' },
      { path: 'node_modules/(elysia|@elysiajs)' },
    ),
    rule(
      'stores-only-in-platform',
      'Mongoose, ioredis and bun:sqlite live behind the platform interfaces.',
      { path: '^(src|workers)/', pathNot: '^src/platform/' },
      { path: '^(bun:sqlite)$|node_modules/(mongoose|ioredis|mongodb|mingo|bson)/' },
    ),
    rule(
      'workers-have-no-database',
      'Workers write no database and see no module.',
      { path: '^workers/' },
      { path: '^src/(modules|app|container|main)|^src/platform/(db|http)/|^test/|^scripts/' },
    ),
    rule(
      'src-not-into-workers',
      'The API never reaches into a worker.',
      { path: '^src/' },
      { path: '^(workers|test|scripts)/' },
    ),
    rule('no-orphan-imports', 'Every import resolves.', {}, { couldNotResolve: true, pathNot: '^bun(:|$)' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'bun', 'types', 'default'],
    },
    builtInModules: { add: ['bun', 'bun:sqlite', 'bun:test', 'bun:ffi', 'bun:jsc'] },
  },
};
