using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>What a plan asks for before a weight goes up, beside each step's own hold and requests.</summary>
public sealed record GateTerms
{
    public static readonly GateTerms Default = new();

    /// <summary>What follows when a step's hold is served and its requests have not come.</summary>
    public NoData OnNoData { get; init; } = NoData.Hold;

    /// <summary>Whether the judge's proof is waited for before the weight goes above <see cref="ProofGate.From"/>.</summary>
    public ProofDemand Proof { get; init; } = ProofDemand.Wait;

    /// <summary>How long data and proof are waited for once the hold is served; null: as long again as the hold.</summary>
    public TimeSpan? MaxWait { get; init; }

    /// <summary>The time after the hold in which a step may still get what it lacks.</summary>
    public TimeSpan PatienceOf(Step step) => MaxWait ?? step.Hold;
}

/// <summary>What happens to a step whose hold is served and whose requests have not come.</summary>
public enum NoData
{
    /// <summary>No data is no go: the step waits, however long.</summary>
    Hold,

    /// <summary>A step that got no data in time rolls back; its version is not blamed.</summary>
    Rollback,

    /// <summary>Time alone is enough.</summary>
    Pass,
}

/// <summary>How much the judge must know for sure before a canary gets a large share.</summary>
public enum ProofDemand
{
    /// <summary>Waited for until the patience ends; then it goes on and says what was not proved.</summary>
    Wait,

    /// <summary>Nothing goes up without it.</summary>
    Required,

    /// <summary>Not asked for.</summary>
    Off,
}

/// <summary>A step that only a person may let pass.</summary>
/// <param name="By">Who may; empty for anybody who gives a name.</param>
public sealed record ApprovalTerms(ImmutableArray<string> By)
{
    public bool Equals(ApprovalTerms? other) => other is not null && By.SequenceEqual(other.By);

    public override int GetHashCode() => By.Length;

    public string Whose => By.IsEmpty ? "somebody" : string.Join(" or ", By);
}
