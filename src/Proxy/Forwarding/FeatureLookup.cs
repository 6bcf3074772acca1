using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.Features;

namespace Snapback.Proxy.Forwarding;

internal static class FeatureLookup
{
    /// <summary>
    /// As Get, which is a generic method of an interface: to find its code takes the runtime longer than to find the feature. What stands
    /// under a type is of it, by the contract that Get relies on too; to have that checked is to search the thirty interfaces of
    /// Kestrel's own features.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T? Find<T>(this IFeatureCollection features)
        where T : class => Unsafe.As<T?>(features[typeof(T)]);
}
