using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads what is asked for before a weight goes up, beside each step's own gate.</summary>
internal static class GatesReader
{
    private static readonly Choice<bool> Wanted = new(("true", true), ("false", false));

    public static GateTerms Read(PlanSection plan) => new()
    {
        OnNoData = plan.Value("onNoData", Choices.NoData.Parse)?.Value ?? GateTerms.Default.OnNoData,
        Proof = plan.Value("proof", Choices.Proof.Parse)?.Value ?? GateTerms.Default.Proof,
        MaxWait = plan.Value("maxWait", DurationReader.Parse)?.Value,
    };

    /// <summary><c>true</c> for anybody who gives a name, or a list of those who may.</summary>
    public static ApprovalTerms? Approval(PlanSection step) => step.Find("approval") switch
    {
        null => null,
        PlanList { Items.Count: > 0 } => new ApprovalTerms([.. step.Names("approval", StringComparer.Ordinal)]),
        PlanList { Items.Count: 0 } list => Nobody(step, list),
        { } node => step.Value(node, Word)?.Value == true ? new ApprovalTerms([]) : null,
    };

    // As JSON's booleans come out of configuration.
    private static Parsed<bool> Word(string text) => Wanted.Parse(text is "True" or "False" ? text.ToLowerInvariant() : text);

    private static ApprovalTerms? Nobody(PlanSection step, PlanNode at)
    {
        step.Refuse(
            at,
            "Nobody may approve this step, so nothing would ever go up from it.",
            "Name somebody, or write approval: true for anybody who gives a name.");
        return null;
    }
}
