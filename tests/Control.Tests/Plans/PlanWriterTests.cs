using System.Text;
using CsCheck;
using Microsoft.Extensions.Configuration;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Plans;

public sealed class PlanWriterTests
{
    [Fact]
    public void What_is_written_reads_back_as_the_same_plan() => PlanGen.Plan.Sample(
        plan => Same(plan, PlanReader.FromYaml(PlanWriter.ToJson(plan))), iter: 500, print: PlanWriter.ToJson);

    [Fact]
    public void What_is_written_means_the_same_in_configuration() => PlanGen.Plan.Sample(
        plan =>
        {
            var file = $$"""{ "Snapback": { "Rollouts": { "{{plan.Name}}": {{PlanWriter.ToJson(plan)}} } } }""";
            var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(file))).Build();
            Same(plan, PlanReader.FromConfiguration(configuration.GetSection("Snapback:Rollouts:" + plan.Name)));
        },
        iter: 200, print: PlanWriter.ToJson);

    [Fact]
    public void The_default_plan_is_a_valid_one()
    {
        var plan = DefaultPlan.For("default", "stable", "canary");

        Same(plan, PlanReader.FromYaml(PlanWriter.ToJson(plan)));
        Assert.Equal(0.005, plan.Objectives[0].Budget);
        Assert.Equal(["operator"], plan.Rollback.Authority);
    }

    private static void Same(RolloutPlan plan, PlanResult result)
    {
        Assert.Empty(result.Problems);
        // What is noted is the plan's, and nothing that was lost on the way.
        var slips = new Problems(null);
        PlanSlips.Tell(plan, slips);
        var notes = result.Notes.Except(slips.ToResult(null).Notes);
        Assert.All(notes, note => Assert.StartsWith("No objective limits the failures", note, StringComparison.Ordinal));
        Assert.True(result.IsValid);
        Assert.Equal(PlanWriter.ToJson(plan), PlanWriter.ToJson(result.Plan));
        // Text could hide a difference that the judge would see.
        Assert.Equal(plan.Steps, result.Plan.Steps);
        Assert.Equal(plan.Objectives, result.Plan.Objectives);
        Assert.Equal(plan.Judge, result.Plan.Judge);
        Assert.Equal(plan.Hooks, result.Plan.Hooks);
        Assert.Equal(plan.Rollback.Hooks, result.Plan.Rollback.Hooks);
        Assert.Equal(plan.Shield?.Budget, result.Plan.Shield?.Budget);
    }
}
