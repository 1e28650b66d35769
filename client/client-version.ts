// What the client tells a broker about itself (KIP-511). Kept equal to package.json by client-version.test.ts.

export const clientSoftware = { clientSoftwareName: 'millrace', clientSoftwareVersion: '0.1.0' } as const
