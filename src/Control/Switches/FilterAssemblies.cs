using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.FeatureManagement;

namespace Snapback.Control.Switches;

/// <summary>Feature filters of the operator's own, from the assemblies that the configuration names: they run in this process,
/// with its rights.</summary>
internal static class FilterAssemblies
{
    public const string Key = "Snapback:FeatureFilters";

    /// <exception cref="InvalidDataException">A file cannot be loaded, or holds no filter.</exception>
    public static IEnumerable<Type> Read(IConfiguration configuration) =>
        [.. configuration.GetSection(Key).GetChildren().SelectMany(entry => FiltersOf(entry.Path, entry.Value ?? ""))];

    private static IReadOnlyList<Type> FiltersOf(string at, string file)
    {
        try
        {
            IReadOnlyList<Type> filters = [.. Assembly.LoadFrom(Path.GetFullPath(file))
                .GetExportedTypes()
                .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IFeatureFilterMetadata)))];
            return filters.Count > 0
                ? filters
                : throw new InvalidDataException(
                    $"{at}: '{file}' has no public class that is an IFeatureFilter. Name the assembly that has yours.");
        }
        catch (Exception e)
            when (e is IOException or BadImageFormatException or ArgumentException or TypeLoadException or ReflectionTypeLoadException)
        {
            throw new InvalidDataException(
                $"{at}: '{file}' cannot be loaded: {e.Message.TrimEnd()} " +
                "Name a .NET assembly that was built against the Microsoft.FeatureManagement of this version.");
        }
    }
}
