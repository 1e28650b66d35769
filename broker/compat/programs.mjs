// The clients that are programs of their own: how each is started. All of them know `suite`, `produce` and `consume`.
export const programs = {
  java: { tool: 'java', command: java => ({ command: 'java', args: java.programArguments('512M') }) },
  kafkajs: { tool: 'node', command: node => node.program('kafkajs') },
  platformatic: { tool: 'node', command: node => node.program('platformatic') },
  rdkafka: { tool: 'rdkafka', command: node => node.program('rdkafka') },
  confluent: { tool: 'python', command: python => python.program },
  franz: { tool: 'go', command: go => go.program },
}
