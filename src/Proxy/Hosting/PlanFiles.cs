using System.Text;
using Snapback.Control.Import;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Hosting;

/// <summary>The plans given at the start: the configuration's, the files', and the sidecar's own.</summary>
internal static class PlanFiles
{
    /// <summary>Refuses what is not UTF-8, where others would put a question mark into a plan.</summary>
    public static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="problems">Gets a sentence for every mistake in a plan, for every conflict of two plans, and for clusters and routes that
    /// are not configured.</param>
    /// <param name="imported">Gets the plans that were made of Flagger or Argo manifests.</param>
    public static IReadOnlyList<RolloutPlan> Read(
        Settings settings, IConfiguration configuration, List<string> problems, List<(string File, PlanResult Result)> imported)
    {
        var before = problems.Count;
        var plans = new List<RolloutPlan>();
        var defaults = Sidecar.Arms(settings);
        foreach (var section in configuration.GetSection("Snapback:Rollouts").GetChildren())
        {
            Take(PlanReader.FromConfiguration(section, defaults with { Name = section.Key }), plans, problems);
        }

        foreach (var file in settings.PlanFiles)
        {
            var result = Read(file, defaults, problems);
            Take(result, plans, problems);
            if (result is { From: not null })
            {
                imported.Add((file, result));
            }
        }

        if (settings.IsSidecar && settings.Canary.IsEmpty && !plans.Exists(plan => plan.IsFlagFirst))
        {
            problems.Add("--canary is missing: the sidecar form needs --stable URL and --canary URL, or a plan with a flag and without a canary.");
        }
        else if (settings.IsSidecar && plans.Count == 0 && problems.Count == before)
        {
            plans.Add(DefaultPlan.For(Sidecar.Rollout, Sidecar.Stable, Sidecar.Canary));
        }

        problems.AddRange(
            plans.CountBy(plan => plan.Name)
                .Where(count => count.Value > 1)
                .Select(count => $"There are {count.Value} plans named '{count.Key}'; give each its own name."));
        problems.AddRange(PlanRivals.Among(plans));
        problems.AddRange(PlanTargets.Missing(plans, settings, configuration));
        return plans;
    }

    /// <summary>Null, with a problem noted, if it cannot be read.</summary>
    public static string? Text(string file, List<string> problems, Func<string> read)
    {
        if (file.Length == 0)
        {
            problems.Add("The path of a plan is empty. Give the path of a plan in YAML or JSON.");
            return null;
        }

        try
        {
            return read();
        }
        catch (DecoderFallbackException)
        {
            problems.Add($"{file}: This is not UTF-8. Save it as UTF-8.");
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{file}: {(Directory.Exists(file) ? "This is a directory." : e.Message)} Give the path of a plan in YAML or JSON.");
            return null;
        }
    }

    /// <summary>A plan or a manifest; null, with a problem noted, if the file cannot be read.</summary>
    private static PlanResult? Read(string file, PlanDefaults defaults, List<string> problems) =>
        Text(file, problems, () => File.ReadAllText(file, Utf8)) is { } text ? PlanDocument.Read(text, file, defaults) : null;

    private static void Take(PlanResult? result, List<RolloutPlan> plans, List<string> problems)
    {
        if (result is { IsValid: true })
        {
            plans.Add(result.Plan);
        }
        else if (result is not null)
        {
            problems.AddRange(result.Problems.Select(problem => problem.ToString()));
        }
    }
}
