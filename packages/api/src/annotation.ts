// Annotations and labels of ours on Kubernetes objects.

/** On a Pod, `"true"`: it has a sidecar. Set by the injector and by the local mesh. */
export const MESHED_ANNOTATION = 'weft.dev/meshed';

/**
 * On a Pod of the local mesh: a JSON object from container port to the port on the Pod's address that peers dial
 * for it, which is the sidecar's inbound listener: `{"8080": 41873}`. Without it: the container port itself.
 */
export const LOCAL_PORTS_ANNOTATION = 'weft.dev/local-ports';
