using Xunit.v3;

// Two journeys at a time on two cores: more would measure the scheduler.
[assembly: Parallelization(MaxThreads = 2)]

namespace Snapback.Journeys.Harness;

/// <summary>Journeys that drive a real load; beside another one the load generator itself would be late.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
