import type { AnyStateMachine, AnyStateNode } from 'xstate';

/** `next -> acting: isApproved`, as Mermaid writes it; the label is the event or the guard that leads there. */
function edgesOf(node: AnyStateNode): readonly string[] {
  const transitions = [...node.transitions.values(), node.always ?? []].flat();
  return transitions.flatMap(({ target, guard, eventType }) =>
    (target ?? []).map((to) => {
      const name = typeof guard === 'string' ? ` [${guard}]` : guard === undefined ? '' : ' [if so]';
      const event = eventType
        .replace(/^xstate\.(done|error)\.actor\..*$/, '$1')
        .replace(/^xstate\.after\.(\w+)\..*$/, 'after $1');
      const label = `${event}${name}`.trim();
      return `${node.key} --> ${to.key}${label === '' ? '' : `: ${label}`}`;
    }),
  );
}

function linesOf(node: AnyStateNode, indent: string): readonly string[] {
  const children = Object.values(node.states);
  const initial = node.initial?.target[0];
  return [
    ...(initial === undefined ? [] : [`${indent}[*] --> ${initial.key}`]),
    ...children.flatMap((child) => [
      ...(Object.keys(child.states).length > 0
        ? [`${indent}state ${child.key} {`, ...linesOf(child, `${indent}  `), `${indent}}`]
        : []),
      ...edgesOf(child).map((edge) => `${indent}${edge}`),
      ...(child.type === 'final' ? [`${indent}${child.key} --> [*]`] : []),
    ]),
  ];
}

/** The machine as a Mermaid state diagram, drawn from its own configuration. */
export function toStateDiagram(machine: AnyStateMachine): string {
  return ['stateDiagram-v2', ...new Set(linesOf(machine.root, '  '))].join('\n');
}
