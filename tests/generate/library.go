package generate

import "sync"

// library is every template, parsed. It is never written after it was made, so
// all generators share one.
type library struct {
	trail, insights, network, aggregated choices
	waf                                  choices
	findings                             choices
	audit, control                       choices
	containers                           choices
	instance                             template // an item of a RunInstances answer
}

// templates gives the library, parsed on first use.
var templates = sync.OnceValue(func() *library {
	return &library{
		trail:    newChoices(trailChoices(managementEvents, signInEvents, serviceEvents, dataEvents)),
		network:  newChoices(trailChoices(networkEvents)),
		insights: newChoices([]choice{{"insight.Start", 1, mustParse(insightStart)}, {"insight.End", 1, mustParse(insightEnd)}}),
		aggregated: newChoices([]choice{
			{"aggregated", 1, mustParse(aggregatedISO)},
			{"aggregated spaced", 1, mustParse(aggregatedSpaced)},
		}),
		waf:        newChoices(wafChoices()),
		findings:   newChoices(findingChoices()),
		audit:      newChoices(auditChoices()),
		control:    newChoices(controlChoices()),
		containers: newChoices(containerChoices()),
		instance:   mustParse(runInstance),
	}
})

func trailChoices(groups ...[]trailEvent) []choice {
	var all []choice
	for _, group := range groups {
		for _, e := range group {
			all = append(all, e.variants()...)
		}
	}
	return all
}
