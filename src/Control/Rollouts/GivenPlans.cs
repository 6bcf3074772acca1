using System.Collections.Concurrent;

namespace Snapback.Control.Rollouts;

/// <summary>The plans that this process was started with: the store may have others, and whoever changed a file must see that it
/// changed nothing.</summary>
public sealed class GivenPlans
{
    private readonly ConcurrentDictionary<string, RolloutPlan> _plans = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _refusals = new(StringComparer.Ordinal);

    public RolloutPlan? Of(string name) => _plans.GetValueOrDefault(name);

    /// <summary>
    /// Why there is no rollout of this name although its plan was given, or the directory has one, as a clause and a sentence; null if none
    /// was, or it was taken.
    /// </summary>
    public string? RefusalOf(string name) => _refusals.GetValueOrDefault(name);

    public void Add(RolloutPlan plan) => _plans[plan.Name] = plan;

    public void Refuse(string name, string why) => _refusals[name] = $"the plan given at the start is not taken. {why}";

    public void LeaveOut(string name, string why) => _refusals[name] = $"what this replica's directory has of it is left out. {why}";
}
