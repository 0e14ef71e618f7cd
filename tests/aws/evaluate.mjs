// Evaluates requests against IAM policies: a JSON array of simulations in, an array of decisions out ("Allowed",
// "ImplicitlyDenied", "ExplicitlyDenied"). Ends with 1 where a policy or a request is not valid IAM: an action that does not exist,
// a resource that the action does not know, a condition key that the request cannot have.
//
//   node evaluate.mjs FOLDER-OF-NODE_MODULES < simulations.json

import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const { runSimulation } = createRequire(process.argv[2] + '/')('@cloud-copilot/iam-simulate')

// Two names that the library does not know are written otherwise, in policies and requests alike: the key of an encryption context
// as IAM's reference has it, and the test's EKS issuer as one of the issuers there. Another issuer stays unknown, and denied.
const input = readFileSync(0, 'utf8')
  .replaceAll('kms:EncryptionContext:aws:s3:arn', 'kms:EncryptionContext:${EncryptionContextKey}')
  .replaceAll('oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF', 'accounts.google.com')

const decisions = []
for (const asked of JSON.parse(input)) {
  const found = await runSimulation({ serviceControlPolicies: [], resourceControlPolicies: [], ...asked }, {})
  if (found.errors) {
    console.error(JSON.stringify({ request: asked.request, errors: found.errors }, null, 2))
    process.exit(1)
  }
  decisions.push(found.overallResult ?? found.analysis?.result)
}
console.log(JSON.stringify(decisions))
