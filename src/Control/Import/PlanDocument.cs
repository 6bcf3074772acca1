using System.Collections.Immutable;
using Snapback.Control.Import.Argo;
using Snapback.Control.Import.Flagger;
using Snapback.Control.Plans;

namespace Snapback.Control.Import;

/// <summary>
/// Reads a file that may hold a native plan, or Kubernetes manifests of Flagger (Canary, with its MetricTemplates and
/// AlertProviders) or Argo Rollouts (Rollout, with its AnalysisTemplates).
/// </summary>
public static class PlanDocument
{
    /// <summary>One plan; a file with several rollouts needs the name of the one that is meant.</summary>
    /// <param name="text">YAML, of which JSON is a part; at most 1 MiB.</param>
    /// <param name="source">File name for the problems.</param>
    /// <param name="defaults">Its arms win over the Services that a manifest implies, as those are no clusters of this proxy.</param>
    /// <returns>Never throws for what the text contains.</returns>
    public static PlanResult Read(string text, string? source = null, PlanDefaults? defaults = null)
    {
        var all = ReadAll(text, source, defaults);
        if (all.Count == 1)
        {
            return all[0];
        }

        var problems = new Problems(source);
        var names = string.Join(", ", all.Select(result => result.Plan?.Name ?? "one that is refused"));
        var isNamed = all.Select(result => result.Plan?.Name).Distinct().Count() == all.Count;
        problems.Add(
            "",
            $"The file holds {all.Count} rollouts: {names}.",
            isNamed ? "Name the one that is meant (plan import --name NAME), or give each a file." : "Give each a file.",
            0,
            0);
        return problems.ToResult(null);
    }

    /// <summary>Every rollout of the file; at least one result.</summary>
    public static IReadOnlyList<PlanResult> ReadAll(string text, string? source = null, PlanDefaults? defaults = null)
    {
        defaults ??= new PlanDefaults();
        var problems = new Problems(source);
        var documents = YamlTree.Read(text, problems);
        var manifests = documents.SelectMany(document => Manifest.AllOf(document.Root)).ToList();
        if ((problems.Any || manifests.Count > 0) && HelmTemplate.Refuses(text, problems))
        {
            return [problems.ToResult(null)];
        }

        var strays = documents.Select(document => document.Root).Where(root => Manifest.Lacks(root) is not null).ToList();
        if (manifests.Count == 0 && strays.Find(stray => PlanKeys.Manifest.Any(((PlanMap)stray).Entries.ContainsKey)) is { } half)
        {
            problems.Replace(half, Manifest.Lacks(half)!, "Write both, such as apiVersion: argoproj.io/v1alpha1 and kind: Rollout.");
            return [problems.ToResult(null)];
        }

        if (manifests.Count == 0)
        {
            return [PlanReader.FromDocuments(documents, defaults, problems)];
        }

        if (problems.Any)
        {
            return [problems.ToResult(null)];
        }

        var rollouts = manifests.Where(manifest => manifest.IsRollout).ToList();
        if (rollouts.Count > 1 && defaults.Name is { } meant && rollouts.Exists(rollout => NameOf(rollout) == meant))
        {
            rollouts.RemoveAll(rollout => NameOf(rollout) != meant);
        }

        return rollouts.Count == 0
            ? [NoRollout(manifests, problems)]
            : [.. rollouts.Select(rollout => Import(rollout, manifests, strays, defaults, new Problems(source)))];
    }

    /// <summary>What the rollouts of a text are called, as far as it can be read; whether they are good plans is not looked at.</summary>
    /// <param name="problems">Why it could not be read to its end; mostly empty.</param>
    /// <returns>Empty if nothing has a name.</returns>
    public static IReadOnlyList<string> Names(string text, string? source, out ImmutableArray<PlanProblem> problems)
    {
        var found = new Problems(source);
        var roots = YamlTree.Read(text, found).Select(document => document.Root).ToList();
        problems = found.ToResult(null).Problems;
        var ofRollouts = roots.SelectMany(Manifest.AllOf).Where(manifest => manifest.IsRollout && manifest.Name.Length > 0).Select(NameOf).ToList();
        return ofRollouts.Count > 0 ? ofRollouts : [.. roots.Select(NativeName).OfType<string>()];
    }

    private static string? NativeName(PlanNode root) =>
        root is PlanMap map && map.Entries.TryGetValue("name", out var name) && name.Value is PlanScalar { Text: { Length: > 0 } text } ? text : null;

    /// <summary>A rollout's name stands in labels and URLs, where a dot of Kubernetes has no place.</summary>
    private static string NameOf(Manifest manifest) => manifest.Name.Replace('.', '-');

    private static PlanResult Import(Manifest rollout, List<Manifest> manifests, List<PlanNode> strays, PlanDefaults defaults, Problems problems)
    {
        foreach (var stray in strays)
        {
            problems.NotUnderstood(stray, Manifest.Lacks(stray)!, "It is left out.");
        }

        if (rollout.Name.Length == 0 && defaults.Name is null)
        {
            problems.Add(
                rollout.Root,
                $"The {rollout.Kind} has no name.",
                "Write metadata: { name: payments-api }, or give one (plan import --name NAME).");
        }

        var file = new ManifestFile(manifests, problems);
        var others = manifests.Where(other => !other.IsRollout
            && other.Kind is not ("MetricTemplate" or "AlertProvider" or "AnalysisTemplate" or "ClusterAnalysisTemplate"));
        foreach (var other in others)
        {
            file.Elsewhere($"{other.Kind} {other.Name}");
        }

        var (tree, stable, canary) = rollout.Group == "flagger.app" ? FlaggerCanary.Translate(rollout, file) : ArgoRollout.Translate(rollout, file);
        if (tree is null)
        {
            return problems.ToResult(null);
        }

        if (rollout.NameAt is { } at)
        {
            tree.Set("name", NameOf(rollout), at);
        }
        else if (defaults.Name is null)
        {
            // Its lack is said; the rest is looked at all the same.
            tree.Set("name", "unnamed");
        }

        if (rollout.Namespace is { } space)
        {
            tree.Set("namespace", space);
        }

        if (NameOf(rollout) != rollout.Name)
        {
            problems.Note($"The rollout is called {NameOf(rollout)}: its name stands in URLs and labels, where {rollout.Name} cannot.");
        }

        problems.Note(defaults.Stable is null
            ? $"The arms are the clusters {stable} and {canary}, called as the Services that they were."
            : $"The arms are the clusters {defaults.Stable} and {defaults.Canary}; they were the Services {stable} and {canary}.");
        file.TellElsewhere();
        var arms = defaults with { Stable = defaults.Stable ?? stable, Canary = defaults.Canary ?? canary };
        return PlanReader.FromTree(tree.Node, arms, problems) with { From = $"{rollout.Kind} {rollout.Name}" };
    }

    /// <summary>Others have a Canary too: then its group tells them apart.</summary>
    private static string Called(Manifest manifest)
    {
        var group = manifest.Kind is "Canary" or "Rollout" ? $" of {Shown.Plain(manifest.Group)}" : "";
        return $"{manifest.Kind}{group} {Shown.Plain(manifest.Name)}".TrimEnd();
    }

    private static PlanResult NoRollout(List<Manifest> manifests, Problems problems)
    {
        var found = string.Join(", ", manifests.Take(5).Select(Called)) + (manifests.Count > 5 ? " …" : "");
        problems.Add(
            manifests[0].Root,
            $"There is no Canary (flagger.app) and no Rollout (argoproj.io) here, only {found}.",
            "Put a rollout and the templates that it names into one file.");
        return problems.ToResult(null);
    }
}
