// How policies of one kind for the same target are merged, in the words of the reference.

/** For fields that one policy decides alone. */
export const MOST_SPECIFIC_WINS =
  'On conflict: a policy for a Deployment or StatefulSet wins over one for a Service, that over one for the ' +
  'namespace, that over one for the mesh; among equals the oldest, then the first by namespace and name. The ' +
  'losing policy says so in its status (Accepted=False, reason Conflicted).';
