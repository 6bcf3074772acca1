using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Snapback.Control.Plans;

/// <summary>Reads configuration, which knows neither lists nor case: numbered children are a list, keys match in any case.</summary>
internal static class ConfigurationTree
{
    /// <summary>Null if there is nothing at the section, which is then a problem.</summary>
    public static PlanNode? Read(IConfigurationSection section, Problems problems)
    {
        if (Node(section, "", problems) is { } root)
        {
            return root;
        }

        problems.Add(
            "",
            "There is no plan at this section.",
            "A plan names its arms, an objective, an authority and a deadline.",
            0, 0);
        return null;
    }

    // An empty value is an absent one: it is how an overlay takes a value away, and what an empty list reads as.
    private static PlanNode? Node(IConfigurationSection section, string path, Problems problems)
    {
        var children = section.GetChildren().ToList();
        if (children.Count == 0)
        {
            return string.IsNullOrEmpty(section.Value) ? null : new PlanScalar(path, 0, 0, section.Value);
        }

        if (!string.IsNullOrEmpty(section.Value))
        {
            problems.Add(
                path,
                $"There are both a value ({Shown.Quoted(section.Value)}) and keys below it.",
                "Two sources of configuration disagree; remove one.",
                0, 0);
            return new PlanBroken(path, 0, 0);
        }

        return children.All(child => int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            ? new PlanList(path, 0, 0, [.. Nodes(children, child => $"{path}[{child.Key}]", problems).Select(child => child.Node)])
            : new PlanMap(path, 0, 0, Entries(children, path, problems));
    }

    private static OrderedDictionary<string, PlanEntry> Entries(List<IConfigurationSection> children, string path, Problems problems)
    {
        var entries = new OrderedDictionary<string, PlanEntry>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, node) in Nodes(children, child => PlanNode.KeyPath(path, child.Key), problems))
        {
            entries[key] = new PlanEntry(0, 0, node);
        }

        return entries;
    }

    private static IEnumerable<(string Key, PlanNode Node)> Nodes(
        List<IConfigurationSection> children, Func<IConfigurationSection, string> path, Problems problems)
    {
        foreach (var child in children)
        {
            if (Node(child, path(child), problems) is { } node)
            {
                yield return (child.Key, node);
            }
        }
    }
}
